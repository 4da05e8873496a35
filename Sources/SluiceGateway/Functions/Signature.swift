/// The parameters of a function, as its worker declared them (sluice-worker(7)): JSON of a
/// stranger, of which is taken what makes sense.
public struct Signature: Hashable, Sendable {
    public var parameters: [Parameter] = []
    /// What the worker says of the result; nil: nothing.
    public var returns: Value?
    /// Whether it sends its result in parts.
    public var streams = false

    public init() {}

    public init(json text: String) {
        guard let told = try? Value(json: text.utf8) else { return }
        parameters = (told["parameters"]?.arrayValue ?? []).compactMap { Parameter($0) }
        returns = told["returns"]
        streams = told["streams"]?.boolValue ?? false
    }
}

public struct Parameter: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case positionalOnly = "positional_only"
        case ordinary = "positional_or_keyword"
        /// `*args`
        case variadic = "var_positional"
        case keywordOnly = "keyword_only"
        /// `**kwargs`
        case keywords = "var_keyword"
    }

    public var name: String
    public var kind = Kind.ordinary
    /// As the worker's language names it: `str`, `int`, `list`.
    public var type: String?
    /// Nil: it has to be given.
    public var defaultValue: Value?
    /// Everything that was said about it.
    public var told: Value = .null

    public init(_ name: String) { self.name = name }

    fileprivate init?(_ told: Value) {
        guard let name = told["name"]?.stringValue else { return nil }
        self.name = name
        kind = told["kind"]?.stringValue.flatMap(Kind.init) ?? .ordinary
        type = told["type"]?.stringValue
        defaultValue = told["default"]
        self.told = told
    }
}
