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

    /// Nil: no reason to doubt that any batch fits.
    var ceiling: Ceiling?
    /// The same for devices on which it ran out of memory.
    var deviceCeilings: [Index<Device>: Ceiling] = [:]
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

    /// The smallest that was learned.
    var lowestCeiling: Int? {
        let ofDevices = deviceCeilings.values.map(\.most).min()
        return ofDevices.map { min($0, ceiling?.most ?? .max) } ?? ceiling?.most
    }

    /// Requests in the next batch at most.
    var batchSize: Int { min(rules.maxBatchSize, ceiling?.most ?? .max) }
}

/// The largest batch that is believed to fit into memory.
struct Ceiling {
    let most: Int
    /// Batches of that size that fitted since.
    var fitted = 0

    /// One that held for so many full batches is tried one higher: memory that was in use once may
    /// be free again.
    private static let batchesBeforeRaise = 32

    init(_ most: Int) { self.most = most }

    /// After a batch did not fit that had twice as many.
    static func lowered(_ known: Ceiling?, to most: Int) -> Ceiling {
        Ceiling(min(known?.most ?? .max, most))
    }

    /// After a batch of that size fitted; nil: nothing is left to doubt.
    func raised(after size: Int, of largest: Int) -> Ceiling? {
        guard size >= most else { return self }
        guard fitted + 1 >= Self.batchesBeforeRaise else {
            var counted = self
            counted.fitted += 1
            return counted
        }
        return most + 1 < largest ? Ceiling(most + 1) : nil
    }
}
