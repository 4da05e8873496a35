import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct ClientDeathTests {
    @Test("What a killed client had waiting leaves, and those behind it move up")
    func othersMoveUp() throws {
        let daemon = try TestDaemon(configuration: "[function.slow]")
        let worker = try daemon.worker()
        try worker.declare("slow")
        try worker.ready(slots: 1)

        let greedy = try daemon.python("greedy_client", "slow", "101")
        _ = try greedy.output.line(containing: "accepted")
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        try worker.flush()

        let client = try daemon.client()
        var options = RequestOptions()
        options.wantsStatus = true
        let number = try client.submit("slow", arguments("patient"), options)
        #expect(try client.nextRank(of: number) == 100)

        greedy.send(SIGKILL)
        try greedy.waitForEnd()
        // The one that runs was called off; its place stays taken until the worker says so.
        #expect(try worker.nextOrder() == .revoke(grant.id, item: 0))
        #expect(try client.nextRank(of: number) == 0)
        let queue = try daemon.control().call(Control.GetQueue(concurrencyID: "slow")).queue
        #expect(queue.running == 1)
        #expect(queue.waiting == 1)

        try worker.fail(grant.id, 0, .stopped, message: "")
        let next = try worker.nextGrant()
        #expect(next.items.first?.content == arguments("patient"))
        try worker.answer(next.id, 0, .json("1"))
        try worker.flush()
        #expect(try client.outcome(of: number).outcome == .completed)
    }
}

extension WorkerConnection {
    /// The next batch; what else the daemon says before it is not of interest.
    func nextGrant() throws(ClientError) -> Grant {
        while true {
            if case .grant(let grant) = try nextOrder() { return grant }
        }
    }
}

extension DataConnection {
    /// The next rank that is told.
    fileprivate func nextRank(of number: RequestNumber) throws -> Int {
        while true {
            switch try nextUpdate() {
            case (number, .status(let status)): return status.rank
            case (number, .outcome(let outcome)): throw Surprise("\(outcome)")
            default: continue
            }
        }
    }
}
