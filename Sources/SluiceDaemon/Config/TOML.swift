import SluiceModel

/// A value of a TOML document, as far as the configuration tells values apart.
indirect enum TOML: Hashable, Sendable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    /// A date, a time or both: no key takes one.
    case date
    case array([TOML])
    case table([Entry])

    struct Entry: Hashable, Sendable {
        var key: String
        var value: TOML
    }

    /// The value as an error names it: one line, and short whatever the file holds.
    var found: String {
        switch self {
        case .string(let text): "the string \(Self.quoted(text))"
        case .integer(let number): String(number)
        case .float(let number): String(number)
        case .boolean(let flag): String(flag)
        case .date: "a date"
        case .array: "a list"
        case .table: "a table"
        }
    }

    /// A path as a person would write it: `function.sdxl.batch`, with quotes only where needed.
    static func dotted(_ path: [String]) -> String {
        path.map { isBare($0) && $0.utf8.count <= Limits.nameBytes ? $0 : quoted($0) }
            .joined(separator: ".")
    }

    static func quoted(_ text: String) -> String {
        let shown = text.count > 60 ? text.prefix(60) + "..." : text[...]
        return "\"\(printable(shown))\""
    }

    /// The text on one line and harmless to a terminal.
    static func printable(_ text: some StringProtocol) -> String {
        text.unicodeScalars.reduce(into: "") { shown, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                shown += scalar.escaped(asASCII: true)
            default: shown.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isBare(_ key: String) -> Bool {
        !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
