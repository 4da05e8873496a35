import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite("After a restart of the real daemon everybody has again what was theirs")
struct ReclaimTests {
    /// How it goes. Killed, it cannot tell whom to expect, and the time has to pass; stopped it
    /// does not, which a test would not outlive.
    enum Stop: CaseIterable {
        case killed, stopped
        var signal: Int32 { self == .killed ? SIGKILL : SIGTERM }
        var window: String { self == .killed ? "700ms" : "10min" }
    }

    private func daemon(_ stop: Stop) throws -> TestDaemon {
        // Configured, because what was declared just before a kill may not be on the disk.
        try TestDaemon(
            configuration: "[daemon]\nreclaim_window = \"\(stop.window)\"\n[function.work]")
    }

    private func restart(_ daemon: TestDaemon, _ stop: Stop) throws {
        _ = try daemon.stop(stop.signal)
        try daemon.startAgain()
    }

    @Test(
        "What runs goes on, what waits keeps its place, and the new comes behind",
        arguments: Stop.allCases)
    func everything(stop: Stop) throws {
        let daemon = try daemon(stop)
        let instance = try daemon.client().welcome.instance
        let worker = try ReturningWorker(daemon, "work")
        worker.ready()
        let a = try ReturningClient(daemon, "work")
        let b = try ReturningClient(daemon, "work")
        let first = try a.ask(1)
        let running = try worker.grant()
        worker.start(running)
        _ = try a.next(.started)
        let second = try a.ask(2)
        let third = try b.ask(1)
        let fourth = try a.ask(3)
        try restart(daemon, stop)

        let c = try ReturningClient(daemon, "work")
        let again = try ReturningWorker(daemon, "work")
        let new = try c.ask(1)
        let (a2, b2) = (
            try ReturningClient(daemon, "work"), try ReturningClient(daemon, "work")
        )
        #expect(try b2.ask(1, claiming: third).request == third.request)
        #expect(try a2.ask(1, claiming: first, attempt: 1).request == first.request)
        #expect(try a2.ask(2, claiming: second).request == second.request)
        #expect(try a2.ask(3, claiming: fourth).request == fourth.request)
        #expect(new.request > fourth.request)
        again.hold(running, of: instance)
        again.start(running)
        again.ready()
        again.answer(running)
        #expect(try a2.story() == ["1 started 1", "1 ok 1"])

        for expected in [second, third, fourth, new] {
            let grant = try again.grant()
            #expect(grant.request == expected.request)
            again.answer(grant)
        }
        #expect(
            try [a2.story(), a2.story(), b2.story(), c.story()].map(\.last)
                == ["2 ok 1", "3 ok 1", "1 ok 1", "1 ok 1"])
    }

    @Test(
        "What a worker says before its client is back is said to the client then",
        arguments: Stop.allCases)
    func early(stop: Stop) throws {
        let daemon = try daemon(stop)
        let instance = try daemon.client().welcome.instance
        let worker = try ReturningWorker(daemon, "work")
        worker.ready()
        let client = try ReturningClient(daemon, "work")
        let old = try client.ask(1)
        let grant = try worker.grant()
        worker.start(grant)
        worker.chunk(grant, 0)
        _ = try client.next(.chunk)
        try restart(daemon, stop)

        let again = try ReturningWorker(daemon, "work")
        again.hold(grant, of: instance)
        again.start(grant)
        for sequence in UInt64(0)..<3 { again.chunk(grant, sequence) }
        again.answer(grant)
        let back = try ReturningClient(daemon, "work")
        try back.submit(1, claiming: old, attempt: 1, chunks: 1)
        #expect(try back.admission().request == old.request)
        #expect(
            try back.story()
                == ["1 started 1", "1 chunk 0", "1 chunk 1", "1 chunk 2", "1 ok 1"])
        try again.await(.acknowledge, of: grant)
    }

    @Test("A worker that said too much to be kept is read on as soon as everybody is back")
    func muchEarly() throws {
        let daemon = try daemon(.stopped)
        let instance = try daemon.client().welcome.instance
        let worker = try ReturningWorker(daemon, "work")
        worker.ready()
        let client = try ReturningClient(daemon, "work")
        let old = try client.ask(1)
        let grant = try worker.grant()
        worker.start(grant)
        _ = try client.next(.started)
        try restart(daemon, .stopped)

        let again = try ReturningWorker(daemon, "work")
        again.hold(grant, of: instance)
        again.start(grant)
        // It is not read on behind 16 MiB; the socket has room for what comes then.
        for sequence in UInt64(0)..<16 { again.chunk(grant, sequence, bytes: 1 << 20) }
        again.chunk(grant, 16, bytes: 1 << 16)
        #expect(try daemon.ctl("status").output.contains("awaiting"))
        let back = try ReturningClient(daemon, "work")
        #expect(try back.ask(1, claiming: old, attempt: 1).request == old.request)
        again.chunk(grant, 17, bytes: 1 << 20)
        again.chunk(grant, 18, bytes: 1 << 20)
        again.answer(grant)
        #expect(
            try back.story() == ["1 started 1"] + (0...18).map { "1 chunk \($0)" } + ["1 ok 1"])
        #expect(try !daemon.ctl("status").output.contains("awaiting"))
        withExtendedLifetime(client) {}
    }

    @Test(
        "A batch that nobody comes for is stopped when the time is over, and then frees its place")
    func unclaimed() throws {
        let daemon = try daemon(.killed)
        let instance = try daemon.client().welcome.instance
        let worker = try ReturningWorker(daemon, "work")
        worker.ready()
        let client = try ReturningClient(daemon, "work")
        _ = try client.ask(1)
        // It lives until the daemon dies: what it asked for is to run then.
        let grant = try worker.grant()
        try restart(daemon, .killed)

        let again = try ReturningWorker(daemon, "work")
        again.hold(grant, of: instance)
        again.ready()
        let new = try ReturningClient(daemon, "work")
        let admission = try new.ask(1)
        try again.await(.revoke, of: grant)
        again.say(.failed(grant.id, item: 0, Failure(.stopped)))
        try again.await(.acknowledge, of: grant)
        let next = try again.grant()
        #expect(next.request == admission.request)
        again.answer(next)
        #expect(try new.story() == ["1 ok 1"])
        withExtendedLifetime(client) {}
    }

    @Test("A ticket is worth nothing that was altered, is used up, or comes too late")
    func tickets() throws {
        let daemon = try daemon(.killed)
        let client = try ReturningClient(daemon, "work")
        let old = [try client.ask(1), try client.ask(2), try client.ask(3)]
        try restart(daemon, .killed)

        let back = try ReturningClient(daemon, "work")
        var forged = old[0]
        forged.ticket = forged.ticket?.altered
        #expect(try back.ask(1, claiming: forged).request > old[2].request)
        #expect(try back.ask(2, claiming: old[1]).request == old[1].request)
        #expect(try back.ask(3, claiming: old[1]).request > old[2].request)
        let again = try ReturningWorker(daemon, "work")
        again.ready()
        let grant = try again.grant()
        #expect(grant.request == old[1].request)
        again.answer(grant)
        #expect(try back.ask(4, claiming: old[2]).request > old[2].request)
    }

    @Test("A ticket counts at the next start, and behind that only where the next was cut short")
    func heritage() throws {
        let daemon = try daemon(.killed)
        let client = try ReturningClient(daemon, "work")
        let old = [try client.ask(1), try client.ask(2), try client.ask(3)]
        // The second start ends before its time to be come back to does.
        try restart(daemon, .killed)
        try restart(daemon, .killed)

        let back = try ReturningClient(daemon, "work")
        let first = try back.ask(1, claiming: old[0])
        #expect(first.request == old[0].request)
        let again = try ReturningWorker(daemon, "work")
        again.ready()
        // Granted: the time of the third is over.
        let grant = try again.grant()
        #expect(grant.request == first.request)
        try restart(daemon, .stopped)

        let last = try ReturningClient(daemon, "work")
        #expect(try last.ask(2, claiming: old[1]).request > old[2].request)
        #expect(try last.ask(1, claiming: first).request == first.request)
    }

    @Test("A connection that ends while the daemon runs is a death, and its ticket worth nothing")
    func sameInstance() throws {
        let daemon = try daemon(.stopped)
        let instance = try daemon.client().welcome.instance
        let again = try ReturningWorker(daemon, "work")
        again.hold(
            .init(id: GrantID(rawValue: 7), request: 1, attempt: 1), of: instance)
        try again.await(.revoke, of: .init(id: GrantID(rawValue: 7), request: 1, attempt: 1))
        var client: ReturningClient? = try ReturningClient(daemon, "work")
        let old = try client?.ask(1)
        client = nil
        let back = try ReturningClient(daemon, "work")
        #expect(try back.ask(1, claiming: old).request > old?.request ?? 0)
    }

    @Test("Numbers go on: without a gap after a stop, above all that was given after a kill")
    func numbers() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let first = try ReturningClient(daemon, "work").ask(1)
        try restart(daemon, .stopped)
        let second = try ReturningClient(daemon, "work").ask(1)
        #expect(second.request == first.request + 1)
        try restart(daemon, .killed)
        let third = try ReturningClient(daemon, "work").ask(1)
        #expect(third.request > second.request)
        #expect(try daemon.scratch.names(in: "state").contains("places.json"))
    }
}

extension Ticket {
    fileprivate var altered: Ticket? {
        var bytes = withUnsafeBytes { Array($0) }
        bytes[20] ^= 1
        return bytes.withUnsafeBytes { Ticket($0) }
    }
}
