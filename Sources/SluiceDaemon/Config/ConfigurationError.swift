/// One problem of the configuration, placed where a person can go and mend it.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// Counted from 1; nil where the file as a whole is meant.
    public var line: Int?
    /// Only syntax errors have one.
    public var column: Int?
    /// The key as a dotted path, such as `function.sdxl.batch`; nil where no key is meant.
    public var key: String?
    public var message: String

    public init(
        file: String, line: Int? = nil, column: Int? = nil, key: String? = nil, message: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
    }

    /// `file:line: key: message`, the form editors and people know from compilers. What is not
    /// known is left out.
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        guard let key else { return "\(place): \(message)" }
        return "\(place): \(key): \(message)"
    }
}

/// All problems of all files: who mends one should not have to start again to see the next.
public struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty; in the order of the files, and within a file by line.
    public var all: [ConfigurationError]

    public init(_ all: [ConfigurationError]) {
        precondition(!all.isEmpty, "failed without a reason")
        self.all = all
    }

    public var description: String { all.map(\.description).joined(separator: "\n") }
}
