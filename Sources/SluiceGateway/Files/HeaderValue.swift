/// What a header says that has parameters: `form-data; name="files"; filename="cat.png"`.
struct HeaderValue: Hashable, Sendable {
    /// Before the first semicolon, in small letters.
    var value: String
    /// By their names in small letters.
    var parameters: [String: String] = [:]

    /// Nil where it is written wrongly, or says something twice: two readers could take it for two
    /// things.
    init?(_ bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        value = Self.text(rest.take { $0 != UInt8(ascii: ";") }).lowercased()
        guard !value.isEmpty else { return nil }
        while !rest.isEmpty {
            rest.removeFirst()
            let name = Self.text(
                rest.take { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            ).lowercased()
            // A semicolon at the end is what some write.
            if name.isEmpty, rest.isEmpty { return }
            guard !name.isEmpty, rest.first == UInt8(ascii: "="), parameters[name] == nil else {
                return nil
            }
            rest.removeFirst()
            guard let said = Self.parameter(&rest) else { return nil }
            parameters[name] = said
        }
    }

    private static func parameter<Bytes: Collection<UInt8>>(
        _ rest: inout Bytes
    ) -> String? where Bytes.SubSequence == Bytes {
        _ = rest.take { $0 == UInt8(ascii: " ") }
        guard rest.first == UInt8(ascii: "\"") else {
            return text(rest.take { $0 != UInt8(ascii: ";") })
        }
        rest.removeFirst()
        var said: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                _ = rest.take { $0 == UInt8(ascii: " ") }
                guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { return nil }
                return String(decoding: said, as: UTF8.self)
            // Only these two are escaped: others write paths of Windows as they are.
            case UInt8(ascii: "\\")
            where rest.first == UInt8(ascii: "\"") || rest.first == UInt8(ascii: "\\"):
                said.append(rest.removeFirst())
            default: said.append(byte)
            }
        }
        return nil
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var bytes = Array(bytes.drop(while: isBlank))
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Collection where SubSequence == Self {
    /// Removes what stands at the front, as long as it is so.
    fileprivate mutating func take(while isSo: (Element) -> Bool) -> Self {
        let taken = prefix(while: isSo)
        self = self[taken.endIndex...]
        return taken
    }
}
