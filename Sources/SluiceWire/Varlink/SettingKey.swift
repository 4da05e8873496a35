extension Control {
    /// The keys that can be set while the daemon runs.
    public enum SettingKey: String, CaseIterable, Hashable, Sendable {
        case concurrencyLimit = "concurrency_limit"
        case maxSize = "max_size"
        case maxWait = "max_wait"
        case perDeviceLimit = "per_device_limit"
        case maxBatchSize = "max_batch_size"
        case maxBatchDelay = "max_batch_delay"
        case maxRunning = "max_running"
        case defaultConcurrencyLimit = "default_concurrency_limit"

        /// What a value of the key is.
        public enum Kind: Hashable, Sendable {
            /// A whole number, or none.
            case limit
            /// A whole number of at least one.
            case count
            /// Seconds.
            case duration
        }

        public var kind: Kind {
            switch self {
            case .concurrencyLimit, .maxSize, .perDeviceLimit, .maxRunning,
                .defaultConcurrencyLimit:
                .limit
            case .maxBatchSize: .count
            case .maxWait, .maxBatchDelay: .duration
            }
        }

        /// Whether a target of that kind has it.
        public func belongs(to target: Target) -> Bool {
            switch (self, target) {
            case (.concurrencyLimit, .queue), (.maxSize, .queue), (.maxWait, .queue),
                (.perDeviceLimit, .queue), (.maxBatchSize, .function),
                (.maxBatchDelay, .function),
                (.maxRunning, .daemon), (.maxSize, .daemon), (.defaultConcurrencyLimit, .daemon):
                true
            case (_, .queue), (_, .function), (_, .daemon), (_, .worker): false
            }
        }

        /// The keys of a target, in the order they are documented.
        public static func keys(of target: Target) -> [String] {
            allCases.filter { $0.belongs(to: target) }.map(\.rawValue)
        }
    }
}
