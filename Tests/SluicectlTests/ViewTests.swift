import SluiceWire
import Testing

@testable import sluicectl

/// Every view against its golden file; read those to see what a user sees.
@Suite("What the tool prints")
struct ViewTests {
    let plain = Style.plain
    let coloured = Style(coloured: true, width: 100)

    @Test("Status shows the daemon, then its queues")
    func status() throws {
        let text = statusText(Machine.daemon, queues: Machine.queues, style: plain)
        try expectGolden(text, "status.txt")
        let seen = statusText(Machine.daemon, queues: Machine.queues, style: coloured)
        try expectGolden(seen, "status-coloured.txt")
    }

    @Test("Status of a daemon that nobody uses yet says what to do next")
    func freshStatus() throws {
        var daemon = Control.Daemon(version: "0.1.0", instance: "a", pid: 9)
        daemon.maxBytes = 1 << 30
        daemon.maxRunning = 40
        try expectGolden(statusText(daemon, queues: [], style: plain), "status-fresh.txt")
    }

    @Test("Status after a restart says that peers are awaited, and for how long")
    func reclaimingStatus() throws {
        var daemon = Machine.daemon
        daemon.reclaimingSeconds = 3.21
        let text = statusText(daemon, queues: [], style: plain)
        try expectGolden(text, "status-reclaiming.txt")
    }

    @Test("Status says how full the store is, and what is the matter with it")
    func storedStatus() throws {
        func status(_ change: (inout Control.Store) -> Void) -> String {
            var daemon = Machine.daemon
            if var store = daemon.store {
                change(&store)
                daemon.store = store
            }
            return statusText(daemon, queues: [], style: plain).split(separator: "\n")
                .first { $0.contains(" stored  ") }.map { "\($0)\n" } ?? "none\n"
        }
        let texts = [
            status { $0.requests = 1 },
            status { ($0.bytes, $0.settling) = (1_073_000_000, 3) },
            status { $0.state = .diskFull },
            status {
                $0.state = .failed
                $0.reason = "/state/requests.sqlite has layout 2"
            },
            status { $0.requests = nil },
        ]
        try expectGolden(texts.joined(), "status-stored.txt")
    }

    @Test("A queue shows each limit with who said it, and its functions")
    func queue() throws {
        let reply = Control.GetQueue.Reply(
            queue: Machine.queues[0], functions: Machine.functions)
        try expectGolden(queueText(reply, style: plain), "queue.txt")
        try expectGolden(jsonLine(QueueWithFunctions(reply: reply)), "queue.json")
    }

    @Test("A narrow terminal cuts names and lists, never numbers")
    func narrow() throws {
        let text = queuesText(Machine.queues, style: Style(coloured: false, width: 72))
        try expectGolden(text, "queues-narrow.txt")
        let rows = text.split(separator: "\n").filter { !$0.hasPrefix("warning:") }
        #expect(rows.allSatisfy { $0.count <= 72 })
    }

    @Test("However narrow it is no row wraps, and what tells least goes first")
    func narrower() throws {
        let views: [(Style) -> String] = [
            { queuesText(Machine.queues, style: $0) },
            { functionsText(Machine.functions, style: $0) },
            { workersText(Machine.workers, style: $0) },
            { requestsText(Machine.requests, style: $0) },
            { detachedText(Machine.stored, at: Machine.now, style: $0) },
        ]
        for width in 1...120 {
            for view in views {
                let rows = view(Style(coloured: false, width: width)).split(separator: "\n")
                    .filter { !$0.hasPrefix("warning:") }
                #expect(rows.allSatisfy { $0.count <= max(width, 3) }, "at \(width) columns")
            }
        }
        let text = [80, 60, 40].map { (width: Int) -> String in
            "== \(width) columns\n"
                + views.map { $0(Style(coloured: false, width: width)) }.joined(separator: "\n")
        }
        try expectGolden(text.joined(separator: "\n"), "narrow.txt")
    }

    @Test("Workers show what they do, and names cannot steer the terminal")
    func workers() throws {
        let text = workersText(Machine.workers, style: plain)
        #expect(!text.contains("\u{1B}"))
        try expectGolden(text, "workers.txt")
    }

    @Test("Requests show where each stands")
    func requests() throws {
        try expectGolden(
            requestsText([Machine.settling] + Machine.requests, style: plain), "requests.txt")
        var requests = Machine.requests
        requests[1].caller = "ada"
        try expectGolden(requestsText(requests, style: plain), "requests-callers.txt")
    }

    @Test("Stored requests show what came of them, and when")
    func detached() throws {
        let text = detachedText(Machine.stored, at: Machine.now, style: plain)
        try expectGolden(text, "detached.txt")
    }

    @Test("One request shows where it stands, or what came of it and what would help")
    func request() throws {
        let pairs: [(Control.Request?, Control.Detached?)] =
            ([Machine.settling] + Machine.requests).map { ($0, nil) }
            + Machine.stored.map { stored in
                (Machine.requests.first { $0.id == stored.id }, stored)
            }
        let text = pairs.map { requestText($0, $1, at: Machine.now, style: plain) }
            .joined(separator: "\n")
        #expect(!text.contains("\u{1B}"))
        try expectGolden(text, "request.txt")
    }

    @Test("An explanation names one blocker and what would help")
    func explanation() throws {
        try expectGolden(explanationText(Machine.explanation, style: plain), "explain.txt")
    }

    @Test("Events come one a line, led by the time of day")
    func events() throws {
        let text = Machine.events.map { eventText($0, style: plain) }.joined()
        try expectGolden(text, "monitor.txt")
        try expectGolden(Machine.events.map { jsonLine($0) }.joined(), "monitor.json")
    }

    @Test(
        "A moment that is none is not a time of day",
        arguments: [-1, -1e300, 1e300, Double.infinity, -.infinity, .nan])
    func absurdMoment(moment: Double) {
        var event = Machine.events[0]
        event.happenedAt = moment
        #expect(eventText(event, style: plain).hasPrefix("--:--:--.---  "))
    }

    @Test("Changes show old and new, and no change says so")
    func changes() throws {
        let changes = [
            Control.Change(key: "concurrency_limit", old: 1, new: 2, origin: .override),
            Control.Change(key: "max_size", old: nil, new: 100, origin: .override),
        ]
        let text =
            changesText(changes, of: .queue("gpu_queue"), style: plain)
            + changesText([], of: .daemon, style: plain)
        try expectGolden(text, "changes.txt")
        let back = [
            Control.Change(key: "concurrency_limit", old: 2, new: 4, origin: .declaration),
            Control.Change(key: "max_size", old: 100, new: nil, origin: .default),
            Control.Change(key: "max_wait", old: nil, new: 2.5, origin: .configuration),
        ]
        let reverted =
            revertText(back, of: .queue("gpu_queue"), hold: .paused, style: plain)
            + revertText([], of: .daemon, hold: .running, style: plain)
        try expectGolden(reverted, "reverted.txt")
    }

    @Test("A drain that is waited for says what it has, and what keeps it from ending")
    func drain() throws {
        let target = Control.Target.queue("gpu_queue")
        let moving = DrainStanding(waiting: 3, running: 1)
        var stuck = DrainStanding(waiting: 3, running: 0)
        stuck.oldest = Machine.explanation
        var passing = stuck
        passing.oldest?.blocker = .maxBatchDelay
        let first = try #require(drainText(target, moving, before: nil))
        let later = try #require(drainText(target, stuck, before: moving))
        let both = try #require(drainText(target, stuck, before: nil))
        try expectGolden([first, later, both].joined(separator: "\n"), "drain.txt")
        #expect(drainText(target, stuck, before: stuck) == nil)
        #expect(drainText(target, moving, before: stuck) == nil)
        #expect(drainText(target, passing, before: moving) == nil)
    }

    @Test("Empty lists say what to do next")
    func empty() throws {
        let text = [
            queuesText([], style: plain), functionsText([], style: plain),
            workersText([], style: plain), requestsText([], style: plain),
            detachedText([], at: Machine.now, style: plain),
        ].joined(separator: "\n")
        try expectGolden(text, "empty.txt")
    }

    @Test("JSON lists are one array with an object a line, and null for none")
    func json() throws {
        try expectGolden(jsonList(Machine.queues), "queues.json")
        #expect(jsonList([Control.Queue]()) == "[]\n")
    }
}
