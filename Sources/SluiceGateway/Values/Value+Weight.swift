extension Value {
    /// Bytes that it takes in memory, or about that: `{"":0}` takes many times its text.
    public var weight: Int {
        switch self {
        case .null, .bool, .integer, .number, .part: 16
        case .string(let text): 16 + Self.weight(of: text)
        case .array(let items):
            items.reduce(items.isEmpty ? 16 : 64) { $0 + $1.weight }
        case .object(let fields):
            fields.reduce(fields.isEmpty ? 16 : 160) { sum, field in
                sum + 32 + Self.weight(of: field.key) + field.value.weight
            }
        }
    }

    /// Short ones lie in the value itself.
    private static func weight(of text: String) -> Int {
        text.utf8.count > 15 ? 32 + text.utf8.count : 0
    }
}
