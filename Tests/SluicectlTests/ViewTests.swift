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

    @Test("Workers show what they do, and names cannot steer the terminal")
    func workers() throws {
        let text = workersText(Machine.workers, style: plain)
        #expect(!text.contains("\u{1B}"))
        try expectGolden(text, "workers.txt")
    }

    @Test("Requests show where each stands")
    func requests() throws {
        try expectGolden(requestsText(Machine.requests, style: plain), "requests.txt")
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
    }

    @Test("Empty lists say what to do next")
    func empty() throws {
        let text = [
            queuesText([], style: plain), functionsText([], style: plain),
            workersText([], style: plain), requestsText([], style: plain),
        ].joined(separator: "\n")
        try expectGolden(text, "empty.txt")
    }

    @Test("JSON lists are one array with an object a line, and null for none")
    func json() throws {
        try expectGolden(jsonList(Machine.queues), "queues.json")
        #expect(jsonList([Control.Queue]()) == "[]\n")
    }
}
