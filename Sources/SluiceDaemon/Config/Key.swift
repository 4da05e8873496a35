/// The tables of a configuration file.
enum Section: String, CaseIterable {
    case daemon, queue, function, device, control

    /// How many tables there are.
    enum Form {
        case one
        /// One for each name, `[queue.NAME]`.
        case named
        /// A list of them, `[[device]]`, each of which says its name.
        case listed
    }

    var form: Form {
        switch self {
        case .queue, .function: .named
        case .device: .listed
        case .daemon, .control: .one
        }
    }

    var header: String {
        switch form {
        case .one: "[\(rawValue)]"
        case .named: "[\(rawValue).NAME]"
        case .listed: "[[\(rawValue)]]"
        }
    }
}

/// What holds for a key that the file does not set.
enum Default: Hashable, Sendable {
    /// A value, as the file would spell it.
    case value(String)
    /// Something no value can say, in words; and a value to show how one is written.
    case described(String, example: String)

    /// As documentation gives it: `40`, or `the function's name`.
    var text: String {
        switch self {
        case .value(let text), .described(let text, example: _): text
        }
    }

    /// As the right-hand side of the key in a file.
    var example: String {
        switch self {
        case .value(let example), .described(_, let example): example
        }
    }
}

/// One key: what it is called, what it takes, where it goes, and what is said about it.
struct Key<Place>: Sendable {
    let about: AboutKey
    let read: @Sendable (TOML, AccountLookup, inout Place) throws(Mismatches) -> Void

    init<Value>(
        _ section: Section, _ name: String, _ rule: Rule<Value>,
        _ place: WritableKeyPath<Place, Value> & Sendable, default standard: Default, _ doc: String
    ) {
        self.init(section, name, rule, default: standard, doc) { value, settings in
            settings[keyPath: place] = value
        }
    }

    /// A key that need not be set.
    init<Value>(
        _ section: Section, _ name: String, _ rule: Rule<Value>,
        _ place: WritableKeyPath<Place, Value?> & Sendable, default standard: Default,
        _ doc: String
    ) {
        self.init(section, name, rule, default: standard, doc) { value, settings in
            settings[keyPath: place] = value
        }
    }

    private init<Value>(
        _ section: Section, _ name: String, _ rule: Rule<Value>, default standard: Default,
        _ doc: String, store: @escaping @Sendable (Value, inout Place) -> Void
    ) {
        about = AboutKey(
            section: section, name: name, expected: rule.expected, standard: standard, doc: doc)
        read = { (value, accounts, settings) throws(Mismatches) in
            store(try rule.read(value, accounts), &settings)
        }
    }
}

/// What documentation and error messages need to know of a key.
struct AboutKey: Hashable, Sendable {
    let section: Section
    let name: String
    /// What the value may be, to follow "expected".
    let expected: String
    let standard: Default
    /// The sentence that config/sluiced.toml has above the key.
    let doc: String
}
