/// The name of a file that the gateway keeps: it looks like a path, because clients take it for
/// one, but is the key of a table, and opens nothing.
///
///     /sluice/0123456789abcdef0123456789abcdef/cat.png
public struct UploadPath: Hashable, Sendable {
    /// 128 bits that cannot be guessed, in hexadecimal.
    public let token: String
    public let name: String

    /// - Parameter random: 16 bytes.
    public init(random: [UInt8], name: String) {
        token = random.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        self.name = UploadName.cleaned(name)
    }

    /// Reads one that a client gives back; nil for what is none.
    public init?(_ text: String) {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count == 4, pieces[0].isEmpty, pieces[1] == "sluice",
            pieces[2].utf8.count == 32, !pieces[3].isEmpty,
            pieces[2].utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 })
        else { return nil }
        token = String(pieces[2])
        name = String(pieces[3])
    }

    public var text: String { "/sluice/\(token)/\(name)" }

    /// As it stands in a URL.
    public var urlPath: String { "/sluice/\(token)/\(UploadName.percentEncoded(name))" }
}

/// Names of files, which strangers choose.
public enum UploadName {
    /// In UTF-8.
    static let longest = 120
    /// What is kept for the kind of a file at the end of its name.
    private static let longestSuffix = 16

    /// What of a name does no harm as a file's name anywhere: letters and digits of any script and
    /// a few signs, no path, not hidden, not too long.
    public static func cleaned(_ name: String) -> String {
        // What browsers write for signs that would end the name.
        var name = name.replacing("%22", with: "").replacing("%0D", with: "")
            .replacing("%0A", with: "")
        if let slash = name.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
            name = String(name[name.index(after: slash)...])
        }
        let kept = name.filter { $0.isLetter || $0.isNumber || "._-, ()+=@".contains($0) }
        let shown = kept.drop { $0 == "." || $0 == " " }
        let ended = shown.reversed().drop { $0 == " " || $0 == "." }.reversed()
        let clean = shortened(String(ended))
        return clean.isEmpty ? "file" : clean
    }

    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > longest else { return name }
        var (stem, suffix) = (name[...], name[name.endIndex...])
        if let dot = name.lastIndex(of: "."), name[dot...].utf8.count <= longestSuffix {
            (stem, suffix) = (name[..<dot], name[dot...])
        }
        while stem.utf8.count + suffix.utf8.count > longest { stem.removeLast() }
        return String(stem + suffix)
    }

    /// For URLs, and for names in headers (RFC 8187), which both allow these.
    public static func percentEncoded(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                out.append(byte)
            default:
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
