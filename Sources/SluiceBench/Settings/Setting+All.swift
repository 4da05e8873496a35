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
        loops + sizes + parked + [
            Setting("idle", "the empty daemon, for ten seconds", .idle) { $0.beside = .nothing }
        ]

    private static let loops: [Setting] = [
        Setting("S1", "one at a time, 128 B, all on one processor", .loop) { it in
            it.isPinned = true
            it.peers = BrokerKind.peers
        },
        Setting("S1-batched", "the same of a function with batches to 32", .loop) { it in
            it.isPinned = true
            it.batch = 32
            it.beside = .unbatched
        },
        Setting("S2", "64 over 8 connections, 128 B, batches to 32", .loop) { it in
            it.load.connections = 8
            it.load.outstanding = 64
            it.batch = 32
            it.peers = BrokerKind.peers
        },
        Setting("S3", "1,024 over 16 connections, 128 B, batches to 64", .loop) { it in
            it.load.connections = 16
            it.load.outstanding = 1024
            it.batch = 64
            it.peers = BrokerKind.peers
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
            it.peers = passing == .inline ? BrokerKind.peers : []
        }
    }

    /// The daemon only hands memfds on, so what is in them should be nothing to it. On one
    /// processor, and nobody looks at every byte, so that size is all that differs: whoever reads
    /// 256 MiB leaves no cache warm for the daemon.
    private static let sizes: [Setting] = [
        size("size-1KiB", 1 << 10), size("size-1MiB", 1 << 20), size("size-64MiB", 64 << 20),
        size("size-256MiB", 256 << 20),
    ]

    private static func size(_ name: String, _ bytes: Int) -> Setting {
        Setting(name, "4 over 4 connections, in memfds that come back unread", .loop) { it in
            it.load.connections = 4
            it.load.outstanding = 4
            it.batch = 4
            it.load.payload = bytes
            it.load.passing = .reused
            it.isReading = false
            it.isPinned = true
            it.beside = .nothing
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
            it.peers = BrokerKind.peers.filter(\.hasQueue)
        },
        Setting("S6", "9,900 connections, each with one of them", .park(9_900, times: 1)) { it in
            it.load.connections = 9_900
            it.batch = 64
        },
        Setting("status", "100,000 that all want status", .park(100_000, times: 1)) { it in
            it.load.connections = 16
            it.load.wantsStatus = true
            it.batch = 64
            it.beside = .nothing
        },
        queues("queues-1", "10,000 of one queue", 1),
        queues("queues-10k", "10,000 of as many queues", 10_000),
        sessions("sessions-80", "9,900 of one queue over 80 sessions", 80, queues: 1),
        sessions("sessions-10k", "9,900 of as many queues and sessions", 9_900, queues: 9_900),
    ]

    /// So many batches at once whether there is one queue or many, each of one request, so that
    /// only the number of queues differs.
    private static func queues(_ name: String, _ about: String, _ count: Int) -> Setting {
        Setting(name, about, .park(10_000, times: 5)) { it in
            it.load.connections = 16
            it.load.functions = count
            it.workers = 40
            it.slots = 2
            it.beside = .nothing
        }
    }

    /// The same over sessions, of which each is one connection, and each request a write and an
    /// outcome a read of its own, whether sessions are many or as few as can be answered at once.
    /// They send by turns, so that the daemon has as many of them to look at each time.
    private static func sessions(
        _ name: String, _ about: String, _ count: Int, queues: Int
    ) -> Setting {
        Setting(name, about, .park(9_900, times: 3)) { it in
            it.load.connections = count
            it.load.wave = 80
            it.load.functions = queues
            it.workers = 40
            it.slots = 2
            it.beside = .nothing
        }
    }

    /// Pairs of settings that differ in size alone: what a request costs should not grow.
    public static let growths = [
        ("S5-1k", "S5-1M"), ("queues-1", "queues-10k"), ("sessions-80", "sessions-10k"),
    ]
}
