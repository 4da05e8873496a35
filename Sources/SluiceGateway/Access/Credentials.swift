/// What a request says to be let in, out of its Authorization header.
public struct Credentials: Hashable, Sendable {
    /// Given by browsers and others that know names and passwords only.
    public var name: String?
    public var secret: [UInt8]

    /// Nil for what is neither `Bearer TOKEN` nor `Basic`, with the token for a password.
    public init?(authorization header: String) {
        guard header.utf8.count <= GatewayLimits.authorization else { return nil }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        let rest = words[1].utf8.drop { $0 == UInt8(ascii: " ") }
        switch words[0].lowercased() {
        case "bearer":
            name = nil
            secret = Array(rest)
        case "basic":
            guard let told = Base64.bytes(of: rest),
                let colon = told.firstIndex(of: UInt8(ascii: ":"))
            else { return nil }
            name = String(decoding: told[..<colon], as: UTF8.self)
            secret = Array(told[(colon + 1)...])
        default: return nil
        }
    }
}

/// Bytes as text of 64 characters.
enum Base64 {
    /// Nil for what is none; padding may be left out.
    static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var isOver = false
        for character in text {
            if character == UInt8(ascii: "=") {
                isOver = true
                continue
            }
            guard !isOver, let value = value(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
