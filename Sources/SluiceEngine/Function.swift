import SluiceModel

/// What a worker can run, by name, with everything the engine knows about it.
struct Function {
    let name: String
    var queue: Index<Queue>

    var configured: FunctionSettings?
    var declared: FunctionSettings?
    var overrides = FunctionOverrides()
    /// The settings in force; see `FunctionRules`.
    var rules: FunctionRules

    var line = Line()
    /// Oldest first.
    var retries: [Retry] = []
    /// Requests in `retries`.
    var retrying = 0
    var workers: [Index<Worker>] = []
    var running = 0
    var hold = Hold.running
    /// How many workers had died when it was paused for that.
    var pausedAfterDeaths: Int?
    /// Workers that died with it in hand since it last succeeded.
    var deaths = 0

    var serviceTime = ServiceTime()
    /// The largest batch that is believed to fit into the device's memory; nil: no reason to doubt.
    var ceiling: Int?
    /// Batches at the ceiling that fitted since it was last moved.
    var fitted = 0

    /// When the head of the line need not be held for a fuller batch any longer.
    var delayEndsAt = Instant.distantFuture
    /// The worker that empties itself for the oldest retry.
    var reserved = Index<Worker>.none

    /// Live requests, in whatever state.
    var live = 0
    var waiting: Int { line.count + retrying }

    /// Requests in the next batch at most.
    var batchSize: Int { min(rules.maxBatchSize, ceiling ?? .max) }
}

/// What an operator set for a function.
struct FunctionOverrides: Hashable {
    var maxBatchSize: Int?
    var maxBatchDelay: Duration?
}

/// The settings of a function that are in force: for each key, what an operator set, else the
/// configuration, else the latest declaration, else the default.
struct FunctionRules: Hashable {
    var concurrencyID: String
    /// What the function asks of its queue, if anything.
    var concurrencyLimit: Limit?
    var maxBatchSize: Int
    var maxBatchDelay: Duration
    var queueTimeout: Duration?
    var execTimeout: Duration?
    var retry: RetryRule
    var maxAttempts: Int
    var restartable: Bool
    var expectedDuration: Duration?
    var cancelGrace: Duration
    var maxWorkerDeaths: Limit
    var allowUsers: Set<UInt32>?

    static let defaultBatchSize = 4

    init(
        name: String, overrides: FunctionOverrides, configured: FunctionSettings?,
        declared: FunctionSettings?
    ) {
        func said<Value>(_ key: KeyPath<FunctionSettings, Value?>) -> Value? {
            configured?[keyPath: key] ?? declared?[keyPath: key]
        }
        let batches = said(\.batch) ?? false
        concurrencyID = said(\.concurrencyID) ?? name
        concurrencyLimit = said(\.concurrencyLimit)
        // A function that does not batch gets batches of 1, whatever else is said.
        maxBatchSize =
            batches
            ? overrides.maxBatchSize ?? said(\.maxBatchSize) ?? Self.defaultBatchSize : 1
        maxBatchDelay = overrides.maxBatchDelay ?? said(\.maxBatchDelay) ?? .zero
        queueTimeout = said(\.queueTimeout)
        execTimeout = said(\.execTimeout)
        retry = said(\.retry) ?? .crash
        maxAttempts = said(\.maxAttempts) ?? 2
        restartable = said(\.restartable) ?? false
        expectedDuration = said(\.expectedDuration)
        cancelGrace = said(\.cancelGrace) ?? .seconds(30)
        maxWorkerDeaths = said(\.maxWorkerDeaths) ?? .at(10)
        allowUsers = said(\.allowUsers)
    }
}
