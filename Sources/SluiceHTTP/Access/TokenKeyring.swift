import CSodium
import SluiceGateway
import SluiceSystem

/// The tokens that let in, as hashes under a key of this process: how long comparing takes says
/// nothing of a token, and what is compared has one length.
struct TokenKeyring: Sendable {
    private struct Entry: Sendable {
        let token: AccessToken
        let hash: [UInt8]
    }

    private let key: [UInt8]
    private let entries: [Entry]

    init(_ tokens: [AccessToken]) throws(SystemError) {
        var key = [UInt8](repeating: 0, count: Int(crypto_shorthash_siphashx24_KEYBYTES))
        try key.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
            try Randomness.fill(UnsafeMutableRawBufferPointer(bytes))
        }
        self.key = key
        entries = tokens.map { Entry(token: $0, hash: Self.hash($0.secret, key)) }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Whose the credentials are; nil: nobody's. All tokens are compared, wherever it is found.
    func token(of credentials: Credentials) -> AccessToken? {
        let hash = Self.hash(credentials.secret, key)
        var found: AccessToken?
        for entry in entries where crypto_verify_16(entry.hash, hash) == 0 { found = entry.token }
        guard let found, credentials.name == nil || credentials.name == found.name else {
            return nil
        }
        return found
    }

    private static func hash(_ secret: [UInt8], _ key: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: Int(crypto_shorthash_siphashx24_BYTES))
        // It cannot fail; its result is for hashes that may.
        _ = crypto_shorthash_siphashx24(&hash, secret, UInt64(secret.count), key)
        return hash
    }
}
