/// A value is not what its key takes; the hint says what to do where the rule alone does not.
struct Misfit: Error {
    var hint: String?
}

/// What is wrong with a value; with several of its elements, where it is a list.
struct Mismatches: Error {
    struct Mismatch {
        /// The place in the list, where the value is one.
        var element: Int?
        var message: String
    }

    var all: [Mismatch]

    init(_ all: [Mismatch]) { self.all = all }

    init(expected: String, found: TOML, hint: String? = nil) {
        self.init([
            Mismatch(message: Self.message(expected: expected, found: found, hint: hint))
        ])
    }

    static func message(expected: String, found: TOML, hint: String?) -> String {
        "expected \(expected), found \(found.found)" + (hint.map { "; \($0)" } ?? "")
    }
}
