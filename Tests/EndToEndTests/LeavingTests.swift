import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite("A listener leaves a detached request")
struct LeavingTests {
    private let detached: RequestOptions = {
        var options = RequestOptions()
        options.detached = true
        return options
    }()

    /// A detached request that said so many large chunks, and goes on.
    private func stream(
        _ chunks: Int, _ daemon: TestDaemon
    ) throws -> (request: RequestID, worker: WorkerConnection, grant: GrantID) {
        let worker = try daemon.worker()
        try worker.declare("work")
        try worker.ready(slots: 1)
        let client = try daemon.client()
        try client.submit("work", .json("[]"), detached)
        guard case .admitted(let request, _, _) = try client.nextUpdate().1 else {
            throw Surprise("it was not let in")
        }
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        for sequence in 0..<UInt64(chunks) {
            try worker.report(
                grant.id, 0, sequence: sequence, Content([UInt8](repeating: 7, count: 256 << 10)))
        }
        try worker.flush()
        return (request, worker, grant.id)
    }

    /// Fetches, leaves with the first chunk, and says how many came until the last word, and that.
    private func hearAndLeave(
        _ request: RequestID, _ client: DataConnection
    ) throws -> (chunks: Int, code: String) {
        let number = try client.fetch(request)
        var chunks = 0
        while chunks == 0 {
            if case .chunk = try client.nextUpdate().1 { chunks += 1 }
        }
        #expect(try client.enqueue(leaving: number))
        let outcome = try client.outcome(of: number) { update in
            if case .chunk = update { chunks += 1 }
        }
        return (chunks, outcome.code)
    }

    @Test("What is still read out to it ends, of one that goes on and of one that has ended")
    func readOut() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let (request, worker, grant) = try stream(100, daemon)
        let client = try daemon.client()
        let live = try hearAndLeave(request, client)
        #expect(live.code == "client_gone")
        #expect(live.chunks < 100)
        try worker.answer(grant, 0, .json("1"))
        try worker.flush()
        // It goes on, and is heard of to its end on the same connection.
        #expect(try client.outcome(of: client.fetch(request)).content == .json("1"))
        let ended = try hearAndLeave(request, client)
        #expect(ended.code == "client_gone")
        #expect(ended.chunks < 100)
        #expect(try client.outcome(of: client.fetch(request)).code == "ok")
    }

    @Test("Who submitted it may leave before it is in; it runs, and is found")
    func submitter() throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        let client = try daemon.client()
        let number = try client.submit("echo", .json("[1]"), detached)
        #expect(try client.enqueue(leaving: number))
        var request: RequestID?
        let outcome = try client.outcome(of: number) { update in
            if case .admitted(let id, _, _) = update { request = id }
        }
        #expect(outcome.code == "client_gone")
        #expect(request == nil)
        try daemon.settle { $0.waiting == 1 }
        let stored = try #require(try daemon.control().requests().first?.id)
        _ = try EchoWorker(daemon)
        let found = try client.fetch(RequestID(rawValue: stored))
        #expect(try client.outcome(of: found).content == .json("[1]"))
    }
}
