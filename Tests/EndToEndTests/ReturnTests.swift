import Dispatch
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite("Swift clients, workers and the tool find back to a daemon that was restarted")
struct ReturnTests {
    typealias Stop = ReclaimTests.Stop

    /// Stopped in peace it knows whom to expect, and goes on when all is claimed, and not before:
    /// a test would not outlive its window.
    private func daemon(_ stop: Stop) throws -> TestDaemon {
        let window = stop == .killed ? "2s" : "10min"
        return try TestDaemon(
            configuration: "[daemon]\nreclaim_window = \"\(window)\"\n[function.work]")
    }

    private func restart(_ daemon: TestDaemon, _ stop: Stop) throws {
        _ = try daemon.stop(stop.signal)
        try daemon.startAgain()
    }

    /// Runs the first request over the restart, and then so many others; tells which it ran.
    private func work(
        _ directory: String, began: DispatchSemaphore, mayGoOn: DispatchSemaphore, others: Int
    ) -> Work<[Content]> {
        Work {
            let worker = try WorkerConnection(runtimeDirectory: directory, name: "work")
            try worker.declare("work")
            try worker.ready(slots: 1)
            let first = try worker.nextGrant()
            try worker.start(first.id)
            try worker.report(first.id, 0, sequence: 0, .json("0"))
            try worker.flush()
            began.signal()
            guard mayGoOn.wait(timeout: .now() + 30) == .success else { throw Surprise("no word") }
            // Said while nobody may be there to hear it.
            try worker.report(first.id, 0, sequence: 1, .json("1"))
            try worker.answer(first.id, 0, first.items[0].content)
            var ran = [first.items[0].content]
            for _ in 0..<others {
                let grant = try worker.nextGrant()
                try worker.start(grant.id)
                try worker.answer(grant.id, 0, grant.items[0].content)
                ran.append(grant.items[0].content)
            }
            try worker.flush()
            return ran
        }
    }

    @Test(
        "What runs goes on, what waits keeps its place, and its client sees one request",
        arguments: Stop.allCases)
    func everything(stop: Stop) throws {
        let daemon = try daemon(stop)
        let (began, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let work = work(daemon.directory, began: began, mayGoOn: mayGoOn, others: 2)
        let client = try daemon.client(absence: .endless)
        let contents = [
            Content.json("[1]"), Content([UInt8](repeating: 7, count: 1 << 20)), .json("[3]"),
        ]
        var numbers = [try client.submit("work", contents[0])]
        try client.flush()
        #expect(began.wait(timeout: .now() + 30) == .success)
        for content in contents.dropFirst() { numbers.append(try client.submit("work", content)) }
        var updates: [RequestNumber: [RequestUpdate]] = [:]
        var admitted = 0
        while admitted < 3 {
            let (number, update) = try client.nextUpdate()
            updates[number, default: []].append(update)
            if case .admitted = update { admitted += 1 }
        }
        try restart(daemon, stop)
        mayGoOn.signal()
        for (number, content) in zip(numbers, contents) {
            let outcome = try client.outcome(of: number) { updates[number]?.append($0) }
            #expect(outcome.code == "ok")
            #expect(outcome.attempts == 1)
            #expect(outcome.content == content)
        }
        #expect(try work.value() == contents)
        #expect(
            updates[numbers[0]]?.map(\.word)
                == ["admitted", "started 1", "chunk 0", "chunk 1"])
        for number in numbers.dropFirst() {
            #expect(updates[number]?.map(\.word) == ["admitted", "started 1"])
        }
    }

    @Test("What a worker has in hand of a client that did not come back is revoked from it")
    func unclaimed() throws {
        let daemon = try daemon(.killed)
        let worker = try daemon.worker(absence: .endless)
        try worker.declare("work")
        try worker.ready(slots: 1)
        var client: DataConnection? = try daemon.client()
        _ = try client?.submit("work", .json("[1]"))
        try client?.flush()
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        try worker.flush()
        _ = try daemon.stop(SIGKILL)
        client = nil
        try daemon.startAgain()
        #expect(try worker.nextOrder() == .revoke(grant.id, item: 0))
        try worker.fail(grant.id, 0, .stopped, message: "")
        #expect(try worker.nextOrder() == .acknowledge(grant.id, item: 0))
    }

    @Test("The tool waits on, and says nothing of it to a program", arguments: Stop.allCases)
    func submits(stop: Stop) throws {
        let daemon = try daemon(stop)
        let submit = try daemon.startCtl(["submit", "work", "text"])
        try daemon.settle { $0.waiting == 1 }
        try restart(daemon, stop)
        _ = try EchoWorker(daemon, "work")
        let said = try Said(by: submit)
        #expect(said.end == .code(0), "\(said.errors)")
        #expect(said.output == "[\"text\"]\n")
        #expect(said.errors == "")
    }

    @Test("To a person it says that the daemon went and is back")
    func tells() throws {
        let daemon = try daemon(.stopped)
        let submit = try ScreenProcess(
            [Places.built("sluicectl"), "submit", "work", "text"],
            environment: ["SLUICE_RUNTIME_DIRECTORY": daemon.directory], columns: 80, rows: 24)
        try daemon.settle { $0.waiting == 1 }
        try restart(daemon, .stopped)
        try submit.print("sluiced went and is back")
        _ = try EchoWorker(daemon, "work")
        try submit.print("[\"text\"]")
    }
}

extension RequestUpdate {
    /// What it is, in a word or two.
    fileprivate var word: String {
        switch self {
        case .admitted: "admitted"
        case .status: "status"
        case .started(let attempt): "started \(attempt)"
        case .progress: "progress"
        case .log: "log"
        case .chunk(let sequence, _): "chunk \(sequence)"
        case .outcome(let outcome): outcome.code
        }
    }
}
