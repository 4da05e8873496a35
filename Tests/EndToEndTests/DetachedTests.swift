import Foundation
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite("A detached request outlives its client's connection")
struct DetachedTests {
    private func detached(wantsStatus: Bool = false) -> RequestOptions {
        var options = RequestOptions()
        (options.detached, options.wantsStatus) = (true, wantsStatus)
        return options
    }

    /// Submits as a client that goes as soon as the request is stored.
    private func leave(
        _ daemon: TestDaemon, _ function: String, _ content: Content
    ) throws -> RequestID {
        let client = try daemon.client()
        try client.submit(function, content, detached())
        while true {
            if case .admitted(let request, _, _) = try client.nextUpdate().1 { return request }
        }
    }

    private func fetched(_ request: RequestID, _ daemon: TestDaemon) throws -> RequestOutcome {
        let client = try daemon.client()
        return try client.outcome(of: try client.fetch(request))
    }

    @Test("It runs though nobody is there, and each connection that asks gets its outcome")
    func outlives() throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        let request = try leave(daemon, "echo", .json("[1]"))
        try daemon.settle { $0.clients == 0 && $0.waiting == 1 }
        _ = try EchoWorker(daemon)
        for _ in 0..<2 {
            let outcome = try fetched(request, daemon)
            #expect(outcome.code == "ok" && outcome.content == .json("[1]"))
        }
    }

    @Test(
        "It survives the daemon, before it ran and after", arguments: [SIGTERM, SIGKILL])
    func survives(signal: Int32) throws {
        let daemon = try TestDaemon(
            configuration: "[daemon]\nreclaim_window = \"100ms\"\n[function.echo]")
        let request = try leave(daemon, "echo", Content([UInt8](repeating: 7, count: 1 << 20)))
        _ = try daemon.stop(signal)
        try daemon.startAgain()
        _ = try EchoWorker(daemon)
        let outcome = try fetched(request, daemon)
        #expect(outcome.content == Content([UInt8](repeating: 7, count: 1 << 20)))
        _ = try daemon.stop(signal)
        try daemon.startAgain()
        #expect(try fetched(request, daemon) == outcome)
    }

    @Test("Partial results are told from the first to whoever fetches, over a restart, too")
    func streams() throws {
        let daemon = try TestDaemon(
            configuration: "[daemon]\nreclaim_window = \"10min\"\n[function.work]")
        let worker = try daemon.worker(absence: .endless)
        try worker.declare("work")
        try worker.ready(slots: 1)
        let client = try daemon.client(absence: .endless)
        let number = try client.submit("work", .json("[]"), detached())
        try client.flush()
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        for sequence in UInt64(0)..<2 {
            try worker.report(grant.id, 0, sequence: sequence, .json("\(sequence)"))
        }
        try worker.flush()
        var request: RequestID?
        var chunks: [UInt64] = []
        while chunks.count < 2 {
            switch try client.nextUpdate().1 {
            case .admitted(let id, _, _): request = id
            case .chunk(let sequence, _): chunks.append(sequence)
            default: break
            }
        }
        _ = try daemon.stop()
        try daemon.startAgain()
        try worker.report(grant.id, 0, sequence: 2, .json("2"))
        try worker.answer(grant.id, 0, .json("3"))
        try worker.flush()
        let outcome = try client.outcome(of: number) { update in
            if case .chunk(let sequence, _) = update { chunks.append(sequence) }
        }
        #expect(outcome.content == .json("3"))
        #expect(chunks == [0, 1, 2])

        let other = try daemon.client()
        var heard: [UInt64] = []
        let again = try other.fetch(try #require(request))
        #expect(
            try other.outcome(of: again) { update in
                if case .chunk(let sequence, _) = update { heard.append(sequence) }
            } == outcome)
        #expect(heard == [0, 1, 2])
    }

    @Test("A long past is read out as fast as its reader reads, and the present follows")
    func longPast() throws {
        let daemon = try TestDaemon(
            configuration: "[daemon]\nmax_outgoing_bytes = \"4MiB\"\n[function.work]")
        let worker = try daemon.worker()
        try worker.declare("work")
        try worker.ready(slots: 1)
        let request = try leave(daemon, "work", .json("[]"))
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        let part = Content([UInt8](repeating: 5, count: 100_000))
        for sequence in UInt64(0)..<200 {
            try worker.report(grant.id, 0, sequence: sequence, part)
        }
        try worker.flush()
        try daemon.settle { $0.running == 1 }
        let client = try daemon.client()
        let number = try client.fetch(request)
        try client.flush()
        try worker.report(grant.id, 0, sequence: 200, part)
        try worker.answer(grant.id, 0, .json("3"))
        try worker.flush()
        var chunks: [UInt64] = []
        let outcome = try client.outcome(of: number) { update in
            if case .chunk(let sequence, _) = update { chunks.append(sequence) }
        }
        #expect(outcome.code == "ok")
        #expect(chunks == Array(0...200))
    }

    @Test("Cancelling it, on any connection of its user, ends it for all who listen")
    func cancels() throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        let first = try daemon.client()
        let number = try first.submit("echo", .json("[]"), detached())
        guard case .admitted(let request, _, _) = try first.nextUpdate().1 else {
            throw Surprise("not admitted")
        }
        let second = try daemon.client()
        let other = try second.fetch(request)
        try second.cancel(other)
        #expect(try second.outcome(of: other).code == "cancelled_by_client")
        #expect(try first.outcome(of: number).code == "cancelled_by_client")
        #expect(try fetched(request, daemon).code == "cancelled_by_client")
    }

    @Test("What is not kept is refused by name, and so is an attached request")
    func unknown() throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        #expect(try fetched(RequestID(rawValue: 99), daemon).code == "unknown_request")
        let client = try daemon.client()
        try client.submit("echo", .json("[]"))
        guard case .admitted(let attached, _, _) = try client.nextUpdate().1 else {
            throw Surprise("not admitted")
        }
        #expect(try fetched(attached, daemon).code == "unknown_request")
    }

    @Test("With a ticket only its own request is found, over restarts, too")
    func tickets() throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        let client = try daemon.client()
        var admitted: [(request: RequestID, ticket: [UInt8])] = []
        for _ in 0..<2 {
            try client.submit("echo", .json("[1]"), detached())
            guard case .admitted(let request, let ticket, _) = try client.nextUpdate().1 else {
                throw Surprise("not admitted")
            }
            admitted.append((request, ticket))
        }
        _ = try daemon.stop()
        try daemon.startAgain()
        _ = try EchoWorker(daemon)
        let heir = try daemon.client()
        func code(_ request: RequestID, _ ticket: [UInt8]) throws -> String {
            try heir.outcome(of: try heir.fetch(request, ticket: ticket)).code
        }
        let (first, second) = (admitted[0], admitted[1])
        #expect(try code(first.request, first.ticket) == "ok")
        #expect(try code(second.request, second.ticket) == "ok")
        #expect(try code(first.request, second.ticket) == "unknown_request")
        #expect(try code(first.request, []) == "unknown_request")
        #expect(try code(first.request, [UInt8](repeating: 0, count: 65)) == "unknown_request")
        var bent = first.ticket
        bent[bent.count - 1] ^= 1
        #expect(try code(first.request, bent) == "unknown_request")
        // The connection is none the worse for it.
        #expect(try code(first.request, first.ticket) == "ok")
    }

    @Test("The tool leaves a request with the daemon, and fetches what came of it")
    func tool() throws {
        let daemon = try TestDaemon(configuration: "[function.echo]")
        let left = try daemon.ctl("submit", "--detach", "echo", "a red fox")
        #expect(left.end == .code(0), "\(left.errors)")
        let request = left.output.trimmingCharacters(in: .newlines)
        let json = try daemon.ctl("submit", "--detach", "--json", "echo", "3")
        #expect(json.output.hasPrefix("{\"request\":"))
        try daemon.settle { $0.clients == 0 && $0.waiting == 2 }
        _ = try EchoWorker(daemon)
        for _ in 0..<2 {
            let fetched = try daemon.ctl("fetch", request)
            #expect(fetched.end == .code(0), "\(fetched.errors)")
            #expect(fetched.output == "[\"a red fox\"]\n")
        }
        let some = try daemon.ctl("fetch", "99", request)
        #expect(some.end == .code(4))
        #expect(some.output == "[\"a red fox\"]\n")
        #expect(some.errors.contains("request 99: "))
        #expect(some.errors.contains("unknown_request"))
    }

    @Test("A result that finds no room is seen to wait, and given up by an operator")
    func givenUp() throws {
        let daemon = try TestDaemon(
            configuration: "[daemon]\nmax_stored_bytes = \"1MiB\"\n[function.work]")
        let worker = try daemon.worker()
        try worker.declare("work")
        try worker.ready(slots: 1)
        let client = try daemon.client()
        let number = try client.submit("work", .json("[]"), detached())
        guard case .admitted(let request, _, _) = try client.nextUpdate().1 else {
            throw Surprise("not admitted")
        }
        let grant = try worker.nextGrant()
        try worker.answer(grant.id, 0, Content([UInt8](repeating: 5, count: 2 << 20)))
        try worker.flush()
        try daemon.settle { $0.store?.settling == 1 }
        #expect(try daemon.ctl("requests").output.contains("settling"))
        #expect(try daemon.ctl("status").output.contains("; 1 settling"))
        let stored = try daemon.ctl("requests", "--detached", "--state", "settling")
        #expect(stored.output.contains("settling"))
        #expect(
            try daemon.ctl("requests", "--detached", "--state", "running", "--names").output == "")
        let why = try daemon.ctl("explain", "\(request)")
        #expect(why.output.contains("no room in the store"), "\(why.output)")
        #expect(why.output.contains("1 stored request takes"), "\(why.output)")
        #expect(why.output.contains("sluicectl cancel \(request)"))
        #expect(try daemon.ctl("cancel", "\(request)").end == .code(0))
        #expect(try client.outcome(of: number).code == "cancelled_by_operator")
        #expect(try fetched(request, daemon).code == "cancelled_by_operator")
        #expect(try daemon.ctl("requests", "--names").output == "")
        #expect(try daemon.ctl("discard", "\(request)").end == .code(0))
        try daemon.settle { $0.store?.settling == 0 && $0.store?.requests == 0 }
    }
}
