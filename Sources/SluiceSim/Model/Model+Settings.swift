import SluiceEngine
import SluiceModel

// What is in force of the keys that an operator can set, to be held against what is said of them.
extension Model {
    struct Place: Hashable, CustomStringConvertible {
        let target: Target
        let key: String
        var description: String { "\(key) of \(target)" }
    }

    /// Nil where there is no such thing (any more).
    func value(at place: Place) -> SettingValue? {
        switch (place.target, place.key) {
        case (.daemon, "max_running"): .limit(maxRunning)
        case (.daemon, "max_size"): .limit(maxSize)
        case (.daemon, "default_concurrency_limit"): .limit(defaultConcurrencyLimit)
        case (.queue(let name), "concurrency_limit"):
            queueIndex(name).map { .limit(concurrencyLimit(of: $0)) }
        case (.queue(let name), "max_size"): queueIndex(name).map { .limit(maxSize(of: $0)) }
        case (.queue(let name), "max_wait"): queueIndex(name).map { .span(maxWait(of: $0)) }
        case (.function(let name), "max_batch_size"):
            functionIndex(name).map { .count(rules(of: $0).batchSize) }
        case (.function(let name), "max_batch_delay"):
            functionIndex(name).map { .span(rules(of: $0).batchDelay) }
        case (.daemon, _), (.queue, _), (.function, _), (.worker, _): nil
        }
    }
}

extension Event {
    /// Whether it may change what is in force.
    var isSetting: Bool {
        switch self {
        case .commanded(.set, _), .commanded(.revert, _), .commanded(.forget, _), .declared,
            .remembered, .restored, .configured:
            true
        case .commanded, .clientJoined, .clientLeft, .submitted, .cancelled, .watched,
            .workerJoined, .workerLeft, .ready, .started, .reported, .answered, .ranOutOfMemory,
            .observed:
            false
        }
    }
}
