import SluiceModel

/// The waiting requests of every function that shares a `concurrency_id`, and the limits on them.
///
/// As in `Function`, what every request looks at lies together.
struct Queue {
    /// Its key in the heap of queues that could start something, if it is in there.
    var readyKey: RequestID?
    /// Whether something happened that may let one of its requests go.
    var isMarked = false
    var hold = Hold.running
    var functions: [Index<Function>] = []
    /// Its open grants, in order of granting.
    var grants: [Index<Grant>] = []
    /// The waiting requests of all its functions, in order.
    var waiting = PlaceIndex()
    /// The waiting requests whose clients want to know their rank, oldest first.
    var watched = WatchList()
    var pace = Pace()
    /// The limits in force; see `QueueRules`.
    var rules: QueueRules

    /// The devices that its batches run on, usable or not, in the order in which they were found.
    var devices: [Index<Device>] = []

    let name: String
    var configured = QueueSettings()
    var overrides = QueueSettings()

    /// Whether no function is in it and nobody set anything for it.
    var isNothing: Bool {
        functions.isEmpty && grants.isEmpty && hold == .running && configured == QueueSettings()
            && overrides == QueueSettings()
    }

    var running: Int { grants.count }
    var hasPlace: Bool { rules.concurrencyLimit.allows(oneMoreThan: running) }
}

/// Where a value in force comes from, the strongest first.
public enum Source: String, Hashable, Sendable, CaseIterable {
    case override
    case configuration
    case declaration
    case `default`
}

/// The limits of a queue that are in force.
struct QueueRules: Hashable {
    // What each request needs comes first.
    var concurrencyLimit: Limit
    var maxSize: Limit
    /// The same as `maxWait`.
    let maxWaitSpan: Span

    /// Where its batches run; `unbound`: on no device that it knows of.
    var devices: DeviceSelection
    var perDeviceLimit: Limit

    let maxWait: Duration?
    var perDeviceSource: Source
    var concurrencySource: Source
    var maxSizeSource: Source
    var maxWaitSource: Source
    /// The functions' declared limits, where they differ.
    var disagreement: [String] = []

    /// - Parameter declared: what each function of the queue asks for, in the functions' order.
    /// - Parameter standard: what holds where nobody says how much may run, given the devices.
    init(
        configured: QueueSettings, overrides: QueueSettings,
        declared: [(function: String, limit: Limit)],
        default standard: (DeviceSelection, Limit) -> Limit
    ) {
        devices = configured.devices ?? .unbound
        perDeviceLimit = overrides.perDeviceLimit ?? configured.perDeviceLimit ?? .at(1)
        perDeviceSource = source(overrides.perDeviceLimit != nil, configured.perDeviceLimit != nil)
        maxSize = overrides.maxSize ?? configured.maxSize ?? .none
        maxWait = overrides.maxWait ?? configured.maxWait
        maxWaitSpan = Span(maxWait)
        maxSizeSource = source(overrides.maxSize != nil, configured.maxSize != nil)
        maxWaitSource = source(overrides.maxWait != nil, configured.maxWait != nil)
        if let limit = overrides.concurrencyLimit {
            (concurrencyLimit, concurrencySource) = (limit, .override)
        } else if let limit = configured.concurrencyLimit {
            (concurrencyLimit, concurrencySource) = (limit, .configuration)
        } else if let lowest = declared.map(\.limit).min() {
            (concurrencyLimit, concurrencySource) = (lowest, .declaration)
        } else {
            (concurrencyLimit, concurrencySource) = (standard(devices, perDeviceLimit), .default)
        }
        if Set(declared.map(\.limit)).count > 1 {
            disagreement = declared.map { "\($0.function) declares \($0.limit)" }
        }
    }
}

private func source(_ isOverridden: Bool, _ isConfigured: Bool) -> Source {
    if isOverridden { return .override }
    return isConfigured ? .configuration : .default
}
