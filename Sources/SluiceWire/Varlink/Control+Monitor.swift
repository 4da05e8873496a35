extension Control {
    public enum EventKind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The first event of every monitor.
        case monitoring
        /// Events were not sent because the reader was slow.
        case dropped
        case requestAdmitted = "request_admitted"
        case requestGranted = "request_granted"
        case requestStarted = "request_started"
        case requestReturned = "request_returned"
        case requestEnded = "request_ended"
        case workerAttached = "worker_attached"
        case workerDetached = "worker_detached"
        case workerLost = "worker_lost"
        case workerHung = "worker_hung"
        case workerRecovered = "worker_recovered"
        case functionPaused = "function_paused"
        case limitsDisagree = "limits_disagree"
        case deviceFound = "device_found"
        case deviceCordoned = "device_cordoned"
        case deviceUncordoned = "device_uncordoned"
        case changed, held, drained, reclaimed, reloaded
        case notRestored = "not_restored"
        case storeFailed = "store_failed"
        case storeDamaged = "store_damaged"
        case storeFull = "store_full"
        /// It can be used, or has room, again.
        case storeUsable = "store_usable"
    }

    /// Something that happened. The kind says which fields have a value.
    public struct Event: Codable, Hashable, Sendable {
        public var kind: EventKind
        public var happenedAt: Double
        /// All of it, in a sentence.
        public var message: String
        @Nullable public var request: UInt64?
        @Nullable public var function: String?
        @Nullable public var concurrencyID: String?
        @Nullable public var worker: UInt64?
        @Nullable public var device: String?
        @Nullable public var target: Target?
        @Nullable public var attempt: Int?
        @Nullable public var code: String?
        /// Unanswered requests, deaths or dropped events.
        @Nullable public var count: Int?
        @Nullable public var hold: Hold?
        @Nullable public var change: Change?
        /// Why it changed.
        @Nullable public var cause: Cause?
        /// Who did it.
        @Nullable public var user: UInt32?

        public init(kind: EventKind, happenedAt: Double, message: String) {
            self.kind = kind
            self.happenedAt = happenedAt
            self.message = message
        }

        enum CodingKeys: String, CodingKey {
            case kind, message, request, function, worker, target, attempt, code, count, hold
            case change, cause, user, device
            case happenedAt = "happened_at"
            case concurrencyID = "concurrency_id"
        }
    }

    /// Events from now on; a call with `more`.
    public struct Monitor: VarlinkMethod {
        public static let name = "\(Control.interface).Monitor"
        /// The life of each request, too.
        public var requests: Bool?
        public init(requests: Bool? = nil) { self.requests = requests }

        public struct Reply: Codable, Hashable, Sendable {
            public var event: Event
            public init(event: Event) { self.event = event }
        }
    }
}
