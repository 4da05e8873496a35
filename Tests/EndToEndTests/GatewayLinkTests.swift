import Glibc
import SluiceClient
import SluiceGateway
import SluiceHTTP
import SluiceModel
import SluiceWire
import Testing

@Suite("The gateway's one connection to the daemon")
struct GatewayLinkTests {
    private static let waiting = "[function.work]"
    private static let limit = Duration.seconds(600)

    @Test("A request is heard of to its outcome, and others beside it")
    func outcomes() async throws {
        let daemon = try TestDaemon(within: Self.limit)
        _ = try EchoWorker(daemon)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        let requests = (1...50).map { link.submit("echo", .json("[\($0)]")) }
        for (index, request) in requests.enumerated() {
            let outcome = try #require(try await outcome(of: request))
            #expect(outcome.content == .json("[\(index + 1)]"))
        }
    }

    @Test("Who stops listening calls the request off, and nobody else's")
    func letGo() async throws {
        let daemon = try TestDaemon(configuration: Self.waiting, within: Self.limit)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        let kept = link.submit("work", .json("[1]"))
        let listening = Task { try await outcome(of: link.submit("work", .json("[2]"))) }
        let control = try daemon.control()
        try await eventually { try control.requests().count == 2 }
        listening.cancel()
        try await eventually { try control.requests().count == 1 }
        kept.cancel()
        #expect(try await outcome(of: kept)?.code == "cancelled_by_client")
    }

    @Test("Nor does a request outlive those who could listen, unless it is detached")
    func forgotten() async throws {
        let daemon = try TestDaemon(configuration: Self.waiting, within: Self.limit)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        var options = RequestOptions()
        options.detached = true
        var requests: [DaemonRequest] = [
            link.submit("work", .json("[1]")), link.submit("work", .json("[2]"), options),
        ]
        let control = try daemon.control()
        try await eventually { try control.requests().count == 2 }
        var ticket: [UInt8] = []
        for try await update in requests[1].updates {
            guard case .admitted(_, let issued, _) = update else { continue }
            ticket = issued
            break
        }
        requests.removeAll()
        try await eventually { try control.requests().count == 1 }
        let left = try #require(try control.requests().first)
        let fetched = link.fetch(RequestID(rawValue: left.id), ticket: ticket)
        fetched.cancel()
        #expect(try await outcome(of: fetched)?.code == "cancelled_by_client")
    }

    @Test("A detached request that is let go has no listener left, however often it is fetched")
    func fetchedAgainAndAgain() async throws {
        let daemon = try TestDaemon(configuration: Self.waiting, within: Self.limit)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        var options = RequestOptions()
        options.detached = true
        let (id, ticket) = try await admission(of: link.submit("work", .json("[1]"), options))
        for _ in 0..<100 {
            #expect(try await admission(of: link.fetch(id, ticket: ticket)).id == id)
        }
        // Who submitted it is the one other: it counts there until the request is over.
        let listeners = (1..<Limits.listeners).map { _ in link.fetch(id, ticket: ticket) }
        for listener in listeners { #expect(try await admission(of: listener).id == id) }
        // They are still there, and there are no more than may be.
        let other = try daemon.client()
        #expect(try other.outcome(of: other.fetch(id)).code == "over_quota")
        _ = try EchoWorker(daemon, "work")
        for listener in listeners { #expect(try await outcome(of: listener)?.code == "ok") }
    }

    @Test("A daemon that is killed keeps what was asked for, and what is asked for meanwhile")
    func restart() async throws {
        let daemon = try TestDaemon(configuration: Self.waiting, within: Self.limit)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        let before = link.submit("work", .json("[1]"))
        let control = try daemon.control()
        try await eventually { try control.requests().count == 1 }
        _ = try daemon.stop(SIGKILL)
        let meanwhile = link.submit("work", .json("[2]"))
        try daemon.startAgain()
        _ = try EchoWorker(daemon, "work")
        #expect(try await outcome(of: before)?.content == .json("[1]"))
        #expect(try await outcome(of: meanwhile)?.content == .json("[2]"))
    }

    @Test("Where no daemon is, whoever asks is told, and the next one finds it when it is there")
    func nobody() async throws {
        let daemon = try TestDaemon(within: Self.limit)
        _ = try daemon.stop()
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        await #expect(throws: LinkError.daemonAway) {
            try await outcome(of: link.submit("echo", .json("[]")))
        }
        try daemon.startAgain()
        _ = try EchoWorker(daemon)
        #expect(try await outcome(of: link.submit("echo", .json("[]")))?.code == "ok")
    }

    @Test("A name that no function can have costs the one who asks for it, and nobody else")
    func badName() async throws {
        let daemon = try TestDaemon(within: Self.limit)
        _ = try EchoWorker(daemon)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        let other = link.submit("echo", .json("[]"))
        await #expect(throws: LinkError.lost(.invalidName("a/b"))) {
            try await outcome(of: link.submit("a/b", .json("[]")))
        }
        #expect(try await outcome(of: other)?.code == "ok")
    }

    @Test("Who takes nothing of a stream is let go at a bound, and the stream is called off")
    func slowReader() async throws {
        let daemon = try TestDaemon(configuration: "[function.stream]", within: Self.limit)
        _ = try EchoWorker(daemon)
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        let unread = link.submit("stream", .json("[]"))
        let worker = try daemon.worker()
        try worker.declare("stream")
        try worker.ready(slots: 1)
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        for sequence in 0...UInt64(GatewayLimits.unreadUpdates) {
            try worker.report(grant.id, 0, sequence: sequence, .json("\(sequence)"))
        }
        #expect(try worker.nextOrder() == .revoke(grant.id, item: 0))
        #expect(try await outcome(of: link.submit("echo", .json("[]")))?.code == "ok")
        var taken = 0
        await #expect(throws: LinkError.slowReader) {
            for try await _ in unread.updates { taken += 1 }
        }
        #expect(taken == GatewayLimits.unreadUpdates)
    }

    private func outcome(of request: DaemonRequest) async throws -> RequestOutcome? {
        for try await update in request.updates {
            if case .outcome(let outcome) = update { return outcome }
        }
        return nil
    }

    /// Waits until a request is in.
    private func admission(
        of request: DaemonRequest
    ) async throws -> (id: RequestID, ticket: [UInt8]) {
        for try await update in request.updates {
            switch update {
            case .admitted(let id, let ticket, _): return (id, ticket)
            case .outcome(let outcome): throw Surprise("it is refused: \(outcome)")
            default: continue
            }
        }
        throw Surprise("it ended without a word")
    }

    /// Asks again until it is so, for a minute.
    private func eventually(_ isSo: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try !isSo() {
            try #require(.now < end, "it does not come about")
            await Task.yield()
        }
    }
}
