import FoundationEssentials
import SluiceModel
import SluiceWire

/// The id by which a request is known over HTTP. It cannot be guessed, because it is all that whoever
/// asks has to show.
///
/// One that is attached is the gateway's, for as long as that runs, and has a random name. One that
/// is detached is the daemon's, which a later gateway finds again: its name is the daemon's number
/// and, behind a dot, the ticket that came with it, in base64url.
public enum RequestName: Hashable, Sendable {
    case attached(UniqueID)
    case detached(RequestID, ticket: [UInt8])

    /// Reads what `text` gave, and no other spelling of it.
    public init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        guard let dot = text.firstIndex(of: ".") else {
            guard let bytes = Base64URL.bytes(of: text), bytes.count == 16 else { return nil }
            self = .attached(bytes.withUnsafeBytes { UniqueID($0) })
            guard text == self.text else { return nil }
            return
        }
        guard let number = UInt64(text[..<dot]),
            let ticket = Base64URL.bytes(of: text[text.index(after: dot)...])
        else { return nil }
        self = .detached(RequestID(rawValue: number), ticket: ticket)
        guard text == self.text else { return nil }
    }

    public var text: String {
        switch self {
        case .attached(let id): Base64URL.text(of: id.bytes)
        case .detached(let request, let ticket): "\(request)." + Base64URL.text(of: ticket)
        }
    }
}

/// Base64 in the letters that a URL can have, without padding.
enum Base64URL {
    static func text(of bytes: [UInt8]) -> String {
        String(
            decoding: Data(bytes).base64EncodedData().compactMap { letter in
                switch letter {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                case UInt8(ascii: "="): nil
                default: letter
                }
            }, as: UTF8.self)
    }

    static func bytes(of text: some StringProtocol) -> [UInt8]? {
        var letters: [UInt8] = []
        for letter in text.utf8 {
            switch letter {
            case UInt8(ascii: "-"): letters.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): letters.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: letters.append(letter)
            }
        }
        while letters.count % 4 != 0 { letters.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(letters)).map { [UInt8]($0) }
    }
}

extension UniqueID {
    fileprivate var bytes: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }
}
