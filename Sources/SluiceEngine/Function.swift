import SluiceModel

/// What a worker can run, by name, with everything the engine knows about it.
///
/// There may be thousands, and each request look at another: what every request looks at lies
/// together, before what is seldom asked for.
struct Function {
    var queue: Index<Queue>
    /// The worker that empties itself for the oldest retry.
    var reserved = Index<Worker>.none
    var hold = Hold.running
    var line = Line()
    var workers: [Index<Worker>] = []
    /// Oldest first.
    var retries: [Retry] = []
    /// Requests in `retries`.
    var retrying = 0
    /// Live requests, in whatever state.
    var live = 0
    /// The settings in force; see `FunctionRules`.
    var rules: FunctionRules

    /// The largest batch that is believed to fit into the device's memory; nil: no reason to doubt.
    var ceiling: Int?
    /// Batches at the ceiling that fitted since it was last moved.
    var fitted = 0
    /// The same for devices on which it ran out of memory.
    var deviceCeilings: [DeviceCeiling] = []
    /// Devices that are being emptied for it.
    var promised: [Index<Device>] = []
    /// Bytes that a worker was seen to have at rest, and for each request beside that.
    var learnedMemory: Int?
    var learnedMemoryPerItem: Int?
    /// What of that was told last, or taken in; see `Engine.takeLearned`.
    var toldMemory: Int?
    var toldMemoryPerItem: Int?
    var running = 0
    /// Detached requests that the store is taking in.
    var storing = 0
    /// Workers that died with it in hand since one last answered.
    var deaths = 0
    /// When the head of the line need not be held for a fuller batch any longer.
    var delayEndsAt = Instant.distantFuture
    var serviceTime = ServiceTime()
    /// Whether that, the ceiling or the memory is news; see `Engine.takeLearned`.
    var hasLearned = false

    /// What is counted for good.
    var tally = Tally()
    let name: String
    /// How many workers had died when it was paused for that.
    var pausedAfterDeaths: Int?
    var configured: FunctionSettings?
    var declared: FunctionSettings?
    var overrides = FunctionOverrides()

    var waiting: Int { line.count + retrying }

    var memory: Int? { rules.memory ?? learnedMemory }
    var memoryPerItem: Int { rules.memoryPerItem ?? learnedMemoryPerItem ?? 0 }

    func ceiling(on device: Index<Device>) -> Int? {
        deviceCeilings.first { $0.device == device }?.most
    }

    /// The smallest that was learned.
    var lowestCeiling: Int? {
        deviceCeilings.map(\.most).min().map { min($0, ceiling ?? .max) } ?? ceiling
    }

    /// Requests in the next batch at most.
    var batchSize: Int { min(rules.maxBatchSize, ceiling ?? .max) }
}

/// The largest batch that is believed to fit into one device's memory.
struct DeviceCeiling {
    let device: Index<Device>
    var most: Int
    /// Batches at the ceiling that fitted since it was last moved.
    var fitted = 0
}
