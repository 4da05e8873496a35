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
    /// Workers that died with it in hand since one last answered.
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
