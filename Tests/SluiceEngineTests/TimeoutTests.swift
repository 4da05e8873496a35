import SluiceEngine
import SluiceModel
import Testing

@Suite("Deadlines are driven by timers, not noticed at the next dequeue")
struct TimeoutTests {
    @Test("queue_timeout ends what was not started in time")
    func queueTimeout() {
        var lab = Lab { $0.functions["A"] = FunctionSettings(queueTimeout: .seconds(3)) }
        lab.submit("A")
        #expect(lab.nextDeadline == .seconds(3))
        lab.advance(by: .milliseconds(2999))
        #expect(lab.code(of: .number(1)) == nil)
        lab.advance(by: .milliseconds(1))
        #expect(lab.code(of: .number(1)) == .queueTimeout)
        #expect(lab.conclusion(of: .number(1))?.outcome == .expired)
    }

    @Test("It fires while every worker is busy, and not once the request was started")
    func queueTimeoutWhileBusy() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.queueTimeout = .seconds(1) }
        lab.submit("A", "A")
        lab.start(.number(1))
        lab.advance(by: .seconds(1))
        #expect(lab.code(of: .number(1)) == nil)
        #expect(lab.code(of: .number(2)) == .queueTimeout)
    }

    @Test("A granted request that its worker never begins with times out as if it waited")
    func grantedIsNotStarted() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.queueTimeout = .seconds(1) }
        lab.submit("A")
        lab.advance(by: .seconds(1))
        #expect(lab.code(of: .number(1)) == .queueTimeout)
        #expect(lab.revocations == 1)
        #expect(lab.queue("A")?.running == 1)
    }

    @Test("exec_timeout counts from started; the place stays taken until the worker confirms")
    func execTimeout() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.execTimeout = .seconds(2) }
        lab.submit("A", "A")
        lab.advance(by: .seconds(5))
        lab.start(.number(1))
        lab.advance(by: .seconds(2))
        #expect(lab.code(of: .number(1)) == .execTimeout)
        #expect(lab.grants == [[1]])
        lab.answer([.number(1)], .cancelled)
        #expect(lab.grants == [[1], [2]])
    }

    @Test("exec_timeout is for each attempt")
    func execTimeoutIsPerAttempt() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.execTimeout = .seconds(2) }
        lab.submit("A")
        lab.start(.number(1))
        lab.advance(by: .milliseconds(1500))
        lab.die(worker: 1)
        lab.attach(worker: 2, "A") { $0.execTimeout = .seconds(2) }
        lab.start(.number(1))
        lab.advance(by: .milliseconds(1500))
        #expect(lab.code(of: .number(1)) == nil)
    }

    @Test("deadline is for everything, waiting and running")
    func deadline() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit(["A", "A"]) { $0.deadline = .seconds(4) }
        lab.start(.number(1))
        lab.advance(by: .seconds(4))
        #expect(lab.code(of: .number(1)) == .deadline)
        #expect(lab.code(of: .number(2)) == .deadline)
    }

    @Test("The shorter of the request's and the function's timeout counts")
    func theShorterCounts() {
        var lab = Lab { $0.functions["A"] = FunctionSettings(queueTimeout: .seconds(3)) }
        lab.ask("A") { $0.queueTimeout = .seconds(1) }
        lab.ask("A") { $0.queueTimeout = .seconds(9) }
        lab.advance(by: .seconds(1))
        #expect(lab.code(of: .number(1)) == .queueTimeout)
        lab.advance(by: .seconds(2))
        #expect(lab.code(of: .number(2)) == .queueTimeout)
    }

    @Test("When everything is over nothing is due")
    func nothingDue() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        for number in 1...200 as ClosedRange<UInt64> {
            lab.ask("A") { $0.deadline = .seconds(3600) }
            lab.finish(.number(number))
        }
        #expect(lab.nextDeadline == nil)
    }
}
