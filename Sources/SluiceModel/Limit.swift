/// A number that may not be passed, or none at all. Written `4` or `"none"` wherever a person
/// or a program writes it.
public enum Limit: Hashable, Sendable, CustomStringConvertible {
    case at(Int)
    case none

    /// Whether one more fits beside so many.
    public func allows(oneMoreThan count: Int) -> Bool {
        switch self {
        case .at(let limit): count < limit
        case .none: true
        }
    }

    /// How far a count lies above the limit; zero when it does not.
    public func excess(of count: Int) -> Int {
        switch self {
        case .at(let limit): max(0, count - limit)
        case .none: 0
        }
    }

    /// The number, or nil for none.
    public var number: Int? {
        switch self {
        case .at(let limit): limit
        case .none: nil
        }
    }

    public var description: String {
        switch self {
        case .at(let limit): String(limit)
        case .none: "none"
        }
    }
}

extension Limit: Comparable {
    /// None is above every number.
    public static func < (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.at(let a), .at(let b)): a < b
        case (.at, .none): true
        case (.none, _): false
        }
    }
}
