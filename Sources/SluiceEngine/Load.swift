import SluiceModel

/// How much there is and how much of it works, in numbers that are counted as they change: looking
/// costs the same however much there is.
public struct Load: Hashable, Sendable {
    public var queues: Int
    public var workers: Int
    public var hungWorkers: Int
    /// Requests.
    public var waiting: Int
    /// Batches.
    public var running: Int
    /// Of the daemon as a whole.
    public var hold: Hold

    public init(
        queues: Int = 0, workers: Int = 0, hungWorkers: Int = 0, waiting: Int = 0,
        running: Int = 0, hold: Hold = .running
    ) {
        self.queues = queues
        self.workers = workers
        self.hungWorkers = hungWorkers
        self.waiting = waiting
        self.running = running
        self.hold = hold
    }
}

extension Engine {
    public var load: Load {
        Load(
            queues: queuesByName.count, workers: workersByID.count, hungWorkers: hungWorkers,
            waiting: waiting, running: running, hold: hold)
    }
}
