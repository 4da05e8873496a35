import SluiceModel

/// The value in force of one key, before and after.
public struct Change: Hashable, Sendable {
    public var key: String
    public var old: SettingValue
    public var new: SettingValue
    /// Where the new one comes from.
    public var source: Source

    public init(key: String, old: SettingValue, new: SettingValue, source: Source) {
        self.key = key
        self.old = old
        self.new = new
        self.source = source
    }
}

/// The value of a key that can be set while the daemon runs.
public enum SettingValue: Hashable, Sendable, CustomStringConvertible {
    case limit(Limit)
    case count(Int)
    /// Nil: none.
    case span(Duration?)

    public var description: String {
        switch self {
        case .limit(let limit): limit.description
        case .count(let count): count.description
        case .span(let span): span?.description ?? "none"
        }
    }
}

/// What makes values in force change.
public enum Cause: Hashable, Sendable {
    /// Somebody set or reverted them, or forgot a function.
    case command
    /// The configuration was read again, because this user asked for it; nil: who is not known.
    case reload(by: UInt32?)
    /// A worker declared a function, anew or for the first time.
    case declaration(function: String)
}

/// A value in force and who said it.
struct Setting: Hashable {
    let key: String
    let value: SettingValue
    let source: Source

    /// What is different in `new`, which has the same key; nil: nothing.
    func change(to new: Setting) -> Change? {
        guard value != new.value else { return nil }
        return Change(key: key, old: value, new: new.value, source: new.source)
    }
}

extension QueueRules {
    /// What an operator can set of a queue.
    var settings: [Setting] {
        [
            Setting(
                key: "concurrency_limit", value: .limit(concurrencyLimit),
                source: concurrencySource),
            Setting(key: "max_size", value: .limit(maxSize), source: maxSizeSource),
            Setting(key: "max_wait", value: .span(maxWait), source: maxWaitSource),
            Setting(
                key: "per_device_limit", value: .limit(perDeviceLimit), source: perDeviceSource),
        ]
    }
}

extension FunctionRules {
    /// What an operator can set of a function.
    var settings: [Setting] {
        [
            Setting(
                key: "max_batch_size", value: .count(maxBatchSize),
                source: sources["max_batch_size"] ?? .default),
            Setting(
                key: "max_batch_delay", value: .span(maxBatchDelay),
                source: sources["max_batch_delay"] ?? .default),
        ]
    }
}

extension Array where Element == Setting {
    /// Where each value comes from, by key.
    var sources: [String: Source] {
        Dictionary(uniqueKeysWithValues: map { ($0.key, $0.source) })
    }

    /// What is different in `new`, which has the same keys in the same order.
    func changes(to new: [Setting]) -> [Change] {
        zip(self, new).compactMap { $0.change(to: $1) }
    }

    /// The same without what only follows a default, which is told of where it changed.
    func ownChanges(to new: [Setting]) -> [Change] {
        zip(self, new).filter { ($0.source, $1.source) != (.default, .default) }
            .compactMap { $0.change(to: $1) }
    }
}
