extension Control {
    /// Have systemd start the unit of a worker.
    public struct StartWorker: VarlinkMethod {
        public static let name = "\(Control.interface).StartWorker"
        /// What stands behind the `@` of `sluice-worker@NAME.service`.
        public var name: String

        public init(name: String) { self.name = name }

        public typealias Reply = SteeredWorker
    }

    /// Have systemd stop the unit of a worker, which may finish what it runs.
    public struct StopWorker: VarlinkMethod {
        public static let name = "\(Control.interface).StopWorker"
        public var name: String

        public init(name: String) { self.name = name }

        public typealias Reply = SteeredWorker
    }

    /// What systemd made of a worker's unit.
    public struct SteeredWorker: Codable, Hashable, Sendable {
        public var unit: String
        /// Whether it was not so already.
        public var changed: Bool

        public init(unit: String, changed: Bool) {
            self.unit = unit
            self.changed = changed
        }
    }
}
