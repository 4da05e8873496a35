// JSON text of values. The library's encoder goes through containers and a tree of its own for each
// answer; this is on the way of every request, and is only the grammar's own quoting.

extension Value {
    /// Writes JSON; what JSON cannot say is left to `other`: infinite numbers and parts.
    func write(
        to out: inout [UInt8], escapingKeys: Bool = false,
        other: (Value, inout [UInt8]) -> Void
    ) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let truth): out.append(contentsOf: (truth ? "true" : "false").utf8)
        case .integer(let number): out.append(contentsOf: String(number).utf8)
        case .number(let number):
            guard number.isFinite else { return other(self, &out) }
            out.append(contentsOf: number.description.utf8)
        case .string(let text): Self.write(quoting: text, to: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                item.write(to: &out, escapingKeys: escapingKeys, other: other)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let fields):
            out.append(UInt8(ascii: "{"))
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                let isEscaped = escapingKeys && field.key.hasPrefix("$")
                Self.write(quoting: isEscaped ? "$" + field.key : field.key, to: &out)
                out.append(UInt8(ascii: ":"))
                field.value.write(to: &out, escapingKeys: escapingKeys, other: other)
            }
            out.append(UInt8(ascii: "}"))
        case .part: other(self, &out)
        }
    }

    private static func write(quoting text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case UInt8(ascii: "\n"): out.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): out.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): out.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                out.append(contentsOf: "\\u00".utf8)
                out.append(contentsOf: [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]])
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
