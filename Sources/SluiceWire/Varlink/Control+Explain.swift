extension Control {
    /// The one thing that keeps a request from running. Of several, the first that would have to
    /// change is named.
    public enum Blocker: String, Codable, Hashable, Sendable, CaseIterable {
        /// It runs.
        case none
        /// Nothing does: it goes in this turn.
        case next
        /// Older requests of its queue go first.
        case ahead
        /// Its queue runs as many batches as it may.
        case concurrencyLimit = "concurrency_limit"
        /// The daemon does.
        case maxRunning = "max_running"
        /// It is held for a fuller batch.
        case batchDelay = "batch_delay"
        /// No attached worker serves its function.
        case noWorker = "no_worker"
        /// All that do have their slots full, are held by an operator, or do not answer.
        case workersBusy = "workers_busy"
        case workersHeld = "workers_held"
        case workersHung = "workers_hung"
        case queueHeld = "queue_held"
        case functionHeld = "function_held"
        case daemonHeld = "daemon_held"
        /// The daemon has just started and still gathers what was outstanding.
        case restarting
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
