import SluiceEngine
import SluiceModel
import Testing

@Suite("Cancel: waiting, running, hung, and clients that go")
struct CancelTests {
    @Test("A waiting request leaves at once and everyone behind it moves up")
    func waiting() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit(["A", "A", "A", "A"]) { $0.wantsStatus = true }
        #expect(lab.statuses(of: .number(4)).last?.rank == 2)
        lab.cancel(.number(2))
        #expect(lab.code(of: .number(2)) == .cancelledByClient)
        lab.advance(by: .seconds(1))
        #expect(lab.statuses(of: .number(4)).last?.rank == 1)
        #expect(lab.statuses(of: .number(3)).last?.rank == 0)
    }

    @Test("A running one is told to stop, and its place stays taken until the worker confirms")
    func running() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2)
        lab.submit("A", "A")
        lab.start(.number(1))
        lab.cancel(.number(1))
        #expect(lab.code(of: .number(1)) == .cancelledByClient)
        #expect(lab.revocations == 1)
        #expect(lab.grants == [[1]])
        #expect(lab.queue("A")?.running == 1)

        lab.answer([.number(1)], .cancelled)
        #expect(lab.grants == [[1], [2]])
        #expect(lab.outcomes(of: .number(1)) == 1)
    }

    @Test("Three cancelled calls never overlap: the limit holds through cancellation")
    func limitHolds() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 40)
        for number in 1...3 {
            lab.submit("A")
            lab.start(.number(UInt64(number)))
            lab.cancel(.number(UInt64(number)))
        }
        #expect(lab.grants == [[1]])
        #expect(lab.queue("A")?.running == 1)
    }

    @Test("Cancelling one request of a batch never touches another")
    func oneOfABatch() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.batch = true }
        lab.submit("A", "A")
        lab.start(.number(1), .number(2))
        lab.cancel(.number(1))
        lab.answer([.number(1)], .cancelled)
        #expect(lab.code(of: .number(2)) == nil)
        lab.finish(.number(2))
        #expect(lab.code(of: .number(2)) == .ok)
    }

    @Test("A result that was on its way when the client cancelled is dropped")
    func lateResult() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        lab.cancel(.number(1))
        lab.finish(.number(1))
        #expect(lab.outcomes(of: .number(1)) == 1)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("Cancelling what is over is no error")
    func over() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        lab.finish(.number(1))
        lab.cancel(.number(1))
        #expect(lab.outcomes(of: .number(1)) == 1)
    }

    @Test("A worker that does not answer within cancel_grace is hung and gets no more work")
    func hung() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2) {
            $0.cancelGrace = .seconds(5)
            $0.concurrencyLimit = .at(2)
        }
        lab.submit("A")
        lab.cancel(.number(1))
        lab.advance(by: .seconds(5))
        #expect(lab.workers().first?.isHung == true)
        #expect(lab.notices.contains { if case .workerHung = $0 { true } else { false } })
        lab.submit("A")
        #expect(lab.grants == [[1]])

        lab.answer([.number(1)], .cancelled)
        #expect(lab.workers().first?.isHung == false)
        #expect(lab.grants == [[1], [2]])
    }

    @Test("A batch that goes on for others is not hung because one of them was cancelled")
    func graceWaitsForTheOthers() {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.cancelGrace = .seconds(5)
        }
        lab.submit("A", "A")
        lab.start(.number(1), .number(2))
        lab.cancel(.number(1))
        lab.advance(by: .seconds(20))
        #expect(lab.workers().first?.isHung == false)
        lab.finish(.number(2))
        lab.advance(by: .seconds(5))
        #expect(lab.workers().first?.isHung == true)
    }

    @Test("The place of a hung worker is free when its process is gone")
    func hungAndGone() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.cancelGrace = .seconds(1) }
        lab.attach(worker: 2, "A")
        lab.submit("A", "A")
        lab.cancel(.number(1))
        lab.advance(by: .seconds(1))
        #expect(lab.grants == [[1]])
        lab.die(worker: 1)
        #expect(lab.grants == [[1], [2]])
    }

    @Test("A client that goes takes what it asked for with it, and nobody else's")
    func clientGoes() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.join(client: 2)
        lab.submit("A", from: ClientID(rawValue: 2))
        lab.submit(Array(repeating: "A", count: 3), from: ClientID(rawValue: 2))
        let mine = lab.ask("A") { $0.wantsStatus = true }
        #expect(lab.statuses(of: mine).last?.rank == 3)
        lab.leave(client: 2)
        lab.advance(by: .seconds(1))
        #expect(lab.statuses(of: mine).last?.rank == 0)
        #expect(lab.revocations == 1)
        lab.answer([.number(1)], .cancelled)
        #expect(lab.grants.last == [5])
    }

    @Test("An operator cancels by the daemon's number; an unknown one is named")
    func operatorCancels() {
        var lab = Lab { $0.functions["A"] = FunctionSettings() }
        let number = lab.ask("A")
        #expect(lab.command(.cancel(lab.id(of: number))) == .done([]))
        #expect(lab.code(of: number) == .cancelledByOperator)
        let nobody = RequestID(rawValue: 99)
        #expect(lab.command(.cancel(nobody)) == .refused(.unknownRequest(nobody)))
    }
}
