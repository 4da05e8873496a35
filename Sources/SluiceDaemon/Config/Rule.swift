import SluiceWire
import SluiceModel

/// What a key's value may be, and how it is read.
struct Rule<Value>: Sendable {
    /// What is allowed, to follow "expected".
    let expected: String
    let read: @Sendable (TOML, AccountLookup) throws(Mismatches) -> Value

    init(
        _ expected: String,
        read: @escaping @Sendable (TOML, AccountLookup) throws(Mismatches) -> Value
    ) {
        self.expected = expected
        self.read = read
    }

    /// A rule that has at most one thing to say against a value: a hint, if any.
    init(_ expected: String, one: @escaping @Sendable (TOML) throws(Misfit) -> Value) {
        self.init(expected) { (value, _) throws(Mismatches) -> Value in
            do throws(Misfit) {
                return try one(value)
            } catch {
                throw Mismatches(expected: expected, found: value, hint: error.hint)
            }
        }
    }
}

/// Above every count that means anything, and far below where sums of counts would overflow.
private let highestCount = 1_000_000_000
/// Likewise for sizes: 1024 TiB.
private let highestSize = 1 << 50

extension Rule where Value == Int {
    static func count(from lowest: Int = 1, to highest: Int = highestCount) -> Self {
        Rule("a whole number from \(lowest) to \(highest)") { (value) throws(Misfit) in
            try wholeNumber(value, in: lowest...highest)
        }
    }

    /// Bytes, as a number or with a unit.
    static func size(from lowest: Int = 1) -> Self {
        let bound = lowest == 1 ? "1 byte" : SizeText.text(lowest)
        return Rule("a size from \(bound) to 1024TiB, such as \"64MiB\"") {
            (value) throws(Misfit) in
            guard case .string(let text) = value else {
                return try wholeNumber(value, in: lowest...highestSize)
            }
            let bytes = try parse(text)
            return try wholeNumber(.integer(bytes), in: lowest...highestSize)
        }
    }

    private static func parse(_ text: String) throws(Misfit) -> Int {
        do throws(Quantity.Problem) {
            return try SizeText.parse(text)
        } catch {
            throw Misfit(hint: hint(error))
        }
    }

    private static func hint(_ problem: Quantity.Problem) -> String? {
        switch problem {
        case .malformed, .tooLarge: nil
        case .noUnit: "write bytes without quotes, or a unit: \(SizeText.units)"
        case .unknownUnit(let unit): "\(TOML.quoted(unit)) is not one of \(SizeText.units)"
        }
    }
}

extension Rule where Value == Limit {
    static func limit(from lowest: Int, to highest: Int = highestCount) -> Self {
        let expected = "a whole number from \(lowest) to \(highest), or \"none\""
        return Rule(expected) { (value) throws(Misfit) in
            guard value != .string("none") else { return .none }
            return .at(try wholeNumber(value, in: lowest...highest))
        }
    }

    /// Bytes, as `Rule<Int>.size` takes them, or no limit.
    static func size(orNoneFrom lowest: Int) -> Self {
        let size = Rule<Int>.size(from: lowest)
        return Rule("\(size.expected), or \"none\"") { (value, accounts) throws(Mismatches) in
            guard value != .string("none") else { return .none }
            return .at(try size.read(value, accounts))
        }
    }
}

extension Rule where Value == Duration {
    enum Lowest { case zero, aboveZero }

    static func duration(_ lowest: Lowest) -> Self {
        let bound = lowest == .aboveZero ? " longer than 0" : ""
        return Rule("a duration\(bound), such as \"30s\" or \"1min 30s\"") {
            (value) throws(Misfit) in
            guard case .string(let text) = value else {
                throw Misfit(hint: hint(about: value))
            }
            let duration = try parse(text)
            guard lowest == .zero || duration > .zero else { throw Misfit() }
            guard duration <= .seconds(Limits.durationSeconds) else {
                throw Misfit(hint: "at most \"\(Limits.durationSeconds)s\"")
            }
            return duration
        }
    }

    private static func parse(_ text: String) throws(Misfit) -> Duration {
        do throws(Quantity.Problem) {
            return try DurationText.parse(text)
        } catch {
            throw Misfit(hint: hint(error))
        }
    }

    private static func hint(_ problem: Quantity.Problem) -> String? {
        switch problem {
        case .malformed: nil
        case .noUnit: writeUnit
        case .unknownUnit(let unit): "\(TOML.quoted(unit)) is not one of \(DurationText.units)"
        case .tooLarge: "at most \"\(Limits.durationSeconds)s\""
        }
    }

    private static let writeUnit = "write the unit: \(DurationText.units)"

    private static func hint(about value: TOML) -> String? {
        switch value {
        case .integer, .float: writeUnit
        case .string, .boolean, .date, .array, .table: nil
        }
    }
}

extension Rule where Value == Bool {
    static var flag: Self {
        Rule("true or false") { (value) throws(Misfit) in
            switch value {
            case .boolean(let flag): return flag
            case .string("true"), .string("false"): throw Misfit(hint: "write it without quotes")
            case .string, .integer, .float, .date, .array, .table: throw Misfit()
            }
        }
    }
}

extension Rule
where Value: RawRepresentable<String> & CaseIterable & Sendable {
    static var word: Self {
        let words = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        return Rule(words) { (value) throws(Misfit) in
            guard case .string(let text) = value, let word = Value(rawValue: text) else {
                throw Misfit()
            }
            return word
        }
    }
}

extension Rule where Value == String {
    /// The name of a function or a queue.
    static var name: Self {
        Rule(Name.expected) { (value) throws(Misfit) in
            guard case .string(let text) = value, Name.isValid(text) else { throw Misfit() }
            return text
        }
    }
}

private func wholeNumber(_ value: TOML, in range: ClosedRange<Int>) throws(Misfit) -> Int {
    switch value {
    case .integer(let number) where range.contains(number): return number
    case .string(let text) where Int(text) != nil: throw Misfit(hint: "write it without quotes")
    case .string, .integer, .float, .boolean, .date, .array, .table: throw Misfit()
    }
}
