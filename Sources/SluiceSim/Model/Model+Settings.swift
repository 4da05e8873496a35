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
        case (.queue(let name), "per_device_limit"):
            queueIndex(name).map { .limit(perDeviceLimit(of: $0)) }
        case (.queue(let name), "max_wait"): queueIndex(name).map { .span(maxWait(of: $0)) }
        case (.function(let name), "max_batch_size"):
            functionIndex(name).map { .count(rules(of: $0).batchSize) }
        case (.function(let name), "max_batch_delay"):
            functionIndex(name).map { .span(rules(of: $0).batchDelay) }
        case (.daemon, _), (.queue, _), (.function, _), (.worker, _): nil
        }
    }
}

extension Model {
    /// What is in force of everything that an operator can set.
    var valuesInForce: [Place: SettingValue] {
        var values: [Place: SettingValue] = [:]
        func add(_ target: Target, _ keys: [String]) {
            for key in keys {
                let place = Place(target: target, key: key)
                values[place] = value(at: place)
            }
        }
        add(.daemon, ["max_running", "max_size", "default_concurrency_limit"])
        for queue in queues {
            add(
                .queue(queue.name),
                ["concurrency_limit", "max_size", "max_wait", "per_device_limit"])
        }
        for function in functions {
            add(.function(function.name), ["max_batch_size", "max_batch_delay"])
        }
        return values
    }
}

extension Event {
    /// The places that somebody said something else about, who is to be told what came of it.
    var commandedPlaces: [Model.Place] {
        switch self {
        case .commanded(.set(let target, let overrides), _):
            overrides.map { Model.Place(target: target, key: $0.key) }
        case .commanded, .declared, .remembered, .restored, .configured, .clientJoined,
            .clientLeft, .submitted, .cancelled, .watched, .workerJoined, .workerLeft, .ready,
            .started, .reported, .answered, .ranOutOfMemory, .observed, .reclaimed, .holding,
            .restarted, .fetched, .listenerLeft, .store, .repeated, .learned, .processEnded,
            .leaseAsked, .devicesFound, .deviceSampled, .deviceTroubled:
            []
        }
    }

    /// Whether it may change what is in force.
    var isSetting: Bool {
        switch self {
        case .commanded(.set, _), .commanded(.revert, _), .commanded(.forget, _), .declared,
            .remembered, .restored, .configured, .devicesFound:
            true
        case .commanded, .clientJoined, .clientLeft, .submitted, .cancelled, .watched,
            .workerJoined, .workerLeft, .ready, .started, .reported, .answered, .ranOutOfMemory,
            .observed, .reclaimed, .holding, .restarted, .fetched, .listenerLeft, .store,
            .repeated, .learned, .processEnded, .leaseAsked, .deviceSampled, .deviceTroubled:
            false
        }
    }
}
