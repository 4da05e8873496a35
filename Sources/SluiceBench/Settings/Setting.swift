/// Something that is measured.
public struct Setting: Sendable {
    public enum Kind: Sendable {
        /// Requests go round for a while.
        case loop
        /// With the worker held, so many requests wait; then they are drained. As often as said.
        case park(Int, times: Int)
        /// Nothing happens.
        case idle
    }

    public var name: String
    public var about: String
    public var kind: Kind
    public var load = Load()
    /// Requests in a batch, batches at once of a worker's connection, and its connections.
    public var batch = 1
    public var slots = 1
    public var workers = 1
    /// Whether the relay does the same, to compare with.
    public var hasRelay = true
    /// Whether all processes share one processor: on two, one request at a time has two modes, as
    /// the kernel places them.
    public var isPinned = false

    init(_ name: String, _ about: String, _ kind: Kind, _ change: (inout Setting) -> Void) {
        self.name = name
        self.about = about
        self.kind = kind
        change(&self)
    }

    /// The load that a broker can take: the relay has all payloads in its frames.
    func load(for broker: BrokerKind) -> Load {
        var load = load
        switch broker {
        case .relay: load.passing = .inline
        case .sluice: break
        }
        return load
    }
}

extension Setting {
    /// Those that a word stands for; none for one that does not exist.
    public static func named(_ word: String) -> [Setting] {
        let word = word.lowercased()
        guard word != "all" else { return all }
        return all.filter { setting in
            let name = setting.name.lowercased()
            return name == word || name.hasPrefix(word + "-")
        }
    }

    public static let all: [Setting] =
        loops + parked + [
            Setting("idle", "the empty daemon, for ten seconds", .idle) { $0.hasRelay = false }
        ]

    private static let loops: [Setting] = [
        Setting("S1", "one at a time, 128 B, all on one processor", .loop) { it in
            it.isPinned = true
        },
        Setting("S1-batched", "the same of a function with batches to 32", .loop) { it in
            it.isPinned = true
            it.batch = 32
        },
        Setting("S2", "64 over 8 connections, 128 B, batches to 32", .loop) { it in
            it.load.connections = 8
            it.load.outstanding = 64
            it.batch = 32
        },
        Setting("S3", "1,024 over 16 connections, 128 B, batches to 64", .loop) { it in
            it.load.connections = 16
            it.load.outstanding = 1024
            it.batch = 64
        },
        large("S4-inline", "through the sockets", .inline),
        large("S4-fresh", "each in a memfd of its own", .fresh),
        large("S4-reused", "in memfds that come back", .reused),
    ]

    private static func large(_ name: String, _ how: String, _ passing: Passing) -> Setting {
        Setting(name, "16 of 1 MiB over 4 connections, \(how)", .loop) { it in
            it.load.connections = 4
            it.load.outstanding = 16
            it.load.payload = 1 << 20
            it.load.passing = passing
            it.batch = 4
        }
    }

    private static let parked: [Setting] = [
        Setting("S5-1k", "1,000 of 128 B parked and drained", .park(1_000, times: 100)) { it in
            it.load.connections = 16
            it.batch = 64
        },
        Setting("S5-1M", "1,000,000 of them", .park(1_000_000, times: 1)) { it in
            it.load.connections = 16
            it.batch = 64
        },
        Setting("S6", "9,900 connections, each with one of them", .park(9_900, times: 1)) { it in
            it.load.connections = 9_900
            it.batch = 64
        },
        Setting("status", "100,000 that all want status", .park(100_000, times: 1)) { it in
            it.load.connections = 16
            it.load.wantsStatus = true
            it.batch = 64
            it.hasRelay = false
        },
        queues("queues-1", "10,000 of one queue", 1),
        queues("queues-10k", "10,000 of as many queues", 10_000),
    ]

    /// So many batches at once whether there is one queue or many, each of one request, so that
    /// only the number of queues differs.
    private static func queues(_ name: String, _ about: String, _ count: Int) -> Setting {
        Setting(name, about, .park(10_000, times: 5)) { it in
            it.load.connections = 16
            it.load.functions = count
            it.workers = 40
            it.slots = 2
            it.hasRelay = false
        }
    }

    /// Pairs of settings that differ in size alone: what a request costs should not grow.
    public static let growths = [("S5-1k", "S5-1M"), ("queues-1", "queues-10k")]
}
