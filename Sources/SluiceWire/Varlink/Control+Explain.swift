extension Control {
    /// The one thing that keeps a request from running. Of several the widest is named: whoever
    /// removed a narrower one would see no effect.
    public enum Blocker: String, Codable, Hashable, Sendable, CaseIterable {
        /// It runs.
        case none
        case daemonPaused = "daemon_paused"
        /// The daemon was restarted, and lets those come back who were there before.
        case reclaiming
        case queuePaused = "queue_paused"
        case functionPaused = "function_paused"
        /// No attached worker serves its function.
        case noWorker = "no_worker"
        /// Those that do are paused, draining, hung or without slots.
        case workersHeld = "workers_held"
        /// Its queue runs as many batches as it may.
        case concurrencyLimit = "concurrency_limit"
        /// The daemon does.
        case maxRunning = "max_running"
        /// All workers that serve it have their slots full.
        case workersBusy = "workers_busy"
        /// No device of its queue can be used, or none has a place for it.
        case device
        /// No device has enough memory free for it.
        case memory
        /// A worker died with it; it waits for an empty one, to run alone.
        case retryAlone = "retry_alone"
        /// It is held for a fuller batch.
        case maxBatchDelay = "max_batch_delay"
        /// Older requests of its queue go first.
        case requestsAhead = "requests_ahead"
        /// It has ended, and the store or its disk has no room for its outcome.
        case storeFull = "store_full"
        /// It has ended, and its outcome cannot be stored.
        case storeFailed = "store_failed"
    }

    /// Why a request does not run yet.
    public struct Explain: VarlinkMethod {
        public static let name = "\(Control.interface).Explain"
        public var id: UInt64
        public init(id: UInt64) { self.id = id }

        public struct Reply: Codable, Hashable, Sendable {
            public var request: Request
            public var blocker: Blocker
            /// One sentence that names the blocker.
            public var message: String
            /// What would change it.
            @Nullable public var help: String?

            public init(
                request: Request, blocker: Blocker, message: String, help: String? = nil
            ) {
                self.request = request
                self.blocker = blocker
                self.message = message
                self.help = help
            }
        }
    }
}
