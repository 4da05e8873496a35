extension Control {
    /// What a change is about. On the wire exactly one field of four.
    public enum Target: Hashable, Sendable {
        case daemon
        case queue(String)
        case function(String)
        case worker(UInt64)
    }

    /// Gives keys of a target values that go before configuration and declaration.
    public struct Set: VarlinkMethod {
        public static let name = "\(Control.interface).Set"
        public var target: Target
        public var values: [String: SettingValue]
        /// Forgotten when the daemon restarts.
        public var runtime: Bool?

        public init(target: Target, values: [String: SettingValue], runtime: Bool? = nil) {
            self.target = target
            self.values = values
            self.runtime = runtime
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var changes: [Change]
            public init(changes: [Change]) { self.changes = changes }
        }
    }

    /// Takes back everything that was set for a target.
    public struct Revert: VarlinkMethod {
        public static let name = "\(Control.interface).Revert"
        public var target: Target
        public init(target: Target) { self.target = target }
        public typealias Reply = Set.Reply
    }

    /// A value in force that was changed. Durations are in seconds; nil is none.
    public struct Change: Codable, Hashable, Sendable {
        public var key: String
        @Nullable public var old: Double?
        @Nullable public var new: Double?
        /// Who says the new one.
        public var origin: Origin

        public init(key: String, old: Double?, new: Double?, origin: Origin) {
            self.key = key
            self.old = old
            self.new = new
            self.origin = origin
        }
    }

    /// What makes values in force change.
    public enum Cause: String, Codable, Hashable, Sendable, CaseIterable {
        case command, reload, declaration
    }

    /// Accept and hold.
    public struct Pause: VarlinkMethod {
        public static let name = "\(Control.interface).Pause"
        public var target: Target
        public var runtime: Bool?

        public init(target: Target, runtime: Bool? = nil) {
            self.target = target
            self.runtime = runtime
        }

        public typealias Reply = NoParameters
    }

    public struct Resume: VarlinkMethod {
        public static let name = "\(Control.interface).Resume"
        public var target: Target
        public var runtime: Bool?

        public init(target: Target, runtime: Bool? = nil) {
            self.target = target
            self.runtime = runtime
        }

        public typealias Reply = NoParameters
    }

    /// Refuse what is new, finish what was accepted.
    public struct Drain: VarlinkMethod {
        public static let name = "\(Control.interface).Drain"
        public var target: Target
        public var runtime: Bool?

        public init(target: Target, runtime: Bool? = nil) {
            self.target = target
            self.runtime = runtime
        }

        public typealias Reply = NoParameters
    }

    public struct Cancel: VarlinkMethod {
        public static let name = "\(Control.interface).Cancel"
        public var id: UInt64
        public init(id: UInt64) { self.id = id }
        public typealias Reply = NoParameters
    }

    /// Forget a function that nobody serves and nobody waits for.
    public struct Forget: VarlinkMethod {
        public static let name = "\(Control.interface).Forget"
        public var function: String
        public init(function: String) { self.function = function }
        public typealias Reply = NoParameters
    }

    /// Read the configuration again.
    public struct Reload: VarlinkMethod {
        public static let name = "\(Control.interface).Reload"
        public init() {}
        public typealias Reply = NoParameters
    }
}
