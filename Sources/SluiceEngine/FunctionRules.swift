import SluiceModel

/// What an operator set for a function.
struct FunctionOverrides: Hashable {
    var maxBatchSize: Int?
    var maxBatchDelay: Duration?
}

/// The settings of a function that are in force: for each key, what an operator set, else the
/// configuration, else the latest declaration, else the default.
public struct FunctionRules: Hashable, Sendable {
    // What each request needs comes first, so that it lies together; see `Function`.
    public var maxBatchSize: Int
    public var maxBatchDelay: Duration
    public var allowUsers: Set<UInt32>?
    let queueTimeoutSpan: Span
    let execTimeoutSpan: Span

    public var concurrencyID: String
    /// What the function asks of its queue, if anything.
    public var concurrencyLimit: Limit?
    /// The timeouts as they were said; `queueTimeoutSpan` and `execTimeoutSpan` are the same.
    public let queueTimeout: Duration?
    public let execTimeout: Duration?
    public var retry: RetryRule
    public var maxAttempts: Int
    public var restartable: Bool
    public var expectedDuration: Duration?
    public var cancelGrace: Duration
    public var maxWorkerDeaths: Limit
    /// Whether the worker takes several requests at once.
    public var batch: Bool
    /// Bytes of a device that a worker has in use at rest, and each request beside that, as
    /// somebody said.
    public var memory: Int?
    public var memoryPerItem: Int?
    /// Devices that a batch runs on.
    public var deviceCount: Int
    /// Whether nothing else may be on its devices.
    public var exclusive: Bool

    /// Where each value comes from, by key.
    public var sources: [String: Source] = [:]

    static let defaultBatchSize = 4

    init(
        name: String, overrides: FunctionOverrides, configured: FunctionSettings?,
        declared: FunctionSettings?
    ) {
        func said<Value>(_ key: KeyPath<FunctionSettings, Value?>) -> Value? {
            configured?[keyPath: key] ?? declared?[keyPath: key]
        }
        batch = said(\.batch) ?? false
        concurrencyID = said(\.concurrencyID) ?? name
        concurrencyLimit = said(\.concurrencyLimit)
        // Whatever somebody set: a worker that takes one request at a time gets one.
        maxBatchSize =
            batch ? overrides.maxBatchSize ?? said(\.maxBatchSize) ?? Self.defaultBatchSize : 1
        maxBatchDelay = overrides.maxBatchDelay ?? said(\.maxBatchDelay) ?? .zero
        queueTimeout = said(\.queueTimeout)
        execTimeout = said(\.execTimeout)
        queueTimeoutSpan = Span(queueTimeout)
        execTimeoutSpan = Span(execTimeout)
        retry = said(\.retry) ?? .crash
        maxAttempts = said(\.maxAttempts) ?? 2
        restartable = said(\.restartable) ?? false
        expectedDuration = said(\.expectedDuration)
        cancelGrace = said(\.cancelGrace) ?? .seconds(30)
        maxWorkerDeaths = said(\.maxWorkerDeaths) ?? .at(10)
        allowUsers = said(\.allowUsers)
        memory = said(\.memory)
        memoryPerItem = said(\.memoryPerItem)
        deviceCount = said(\.deviceCount) ?? 1
        exclusive = said(\.exclusive) ?? false
        sources = Self.sources(overrides, configured, declared)
    }

    private static func sources(
        _ overrides: FunctionOverrides, _ configured: FunctionSettings?,
        _ declared: FunctionSettings?
    ) -> [String: Source] {
        func source(_ isSaid: (FunctionSettings) -> Bool, isOverridden: Bool = false) -> Source {
            if isOverridden { return .override }
            if configured.map(isSaid) ?? false { return .configuration }
            return declared.map(isSaid) ?? false ? .declaration : .default
        }
        return [
            "concurrency_id": source { $0.concurrencyID != nil },
            "batch": source { $0.batch != nil },
            "max_batch_size": source(
                { $0.maxBatchSize != nil }, isOverridden: overrides.maxBatchSize != nil),
            "max_batch_delay": source(
                { $0.maxBatchDelay != nil }, isOverridden: overrides.maxBatchDelay != nil),
            "queue_timeout": source { $0.queueTimeout != nil },
            "exec_timeout": source { $0.execTimeout != nil },
            "expected_duration": source { $0.expectedDuration != nil },
            "cancel_grace": source { $0.cancelGrace != nil },
            "retry": source { $0.retry != nil },
            "max_attempts": source { $0.maxAttempts != nil },
            "restartable": source { $0.restartable != nil },
            "memory": source { $0.memory != nil },
            "memory_per_item": source { $0.memoryPerItem != nil },
            "device_count": source { $0.deviceCount != nil },
            "exclusive": source { $0.exclusive != nil },
        ]
    }
}
