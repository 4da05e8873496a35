import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

@Suite("A detached request is heard of on whatever connection there is")
struct ClientFetchTests {
    private func detached() -> RequestOptions {
        var options = RequestOptions()
        options.detached = true
        return options
    }

    @Test(
        "One whose connection ends goes on where it was heard last, also with the same daemon",
        arguments: [UInt64(2), 3])
    func goesOn(instance: UInt64) throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2, .detached)
                    guard try peer.nextSubmit().submit.detached else { throw Surprise.frame }
                    try peer.admit(1, as: 7, ticket: 1)
                    try peer.start(1)
                    for sequence in UInt64(0)..<2 { try peer.chunk(1, sequence) }
                },
                { peer in
                    try peer.welcome(instance: instance, .detached)
                    var wanted = Fetch(RequestID(rawValue: 7))
                    (wanted.attempt, wanted.chunks) = (1, 2)
                    let (number, fetch) = try peer.nextFetch()
                    guard number == 1, fetch == wanted else { throw Surprise.frame }
                    try peer.admit(1, as: 7, ticket: 2)
                    try peer.start(1)
                    for sequence in UInt64(2)..<4 { try peer.chunk(1, sequence) }
                    try peer.finish(1, .ok, "[2]")
                    try peer.expectClosed()
                },
            ])
        do {
            let client = try DataConnection(runtimeDirectory: daemon.directory)
            let number = try client.submit("f", .json("[1]"), detached())
            var chunks: [UInt64] = []
            var admissions = 0
            let outcome = try client.outcome(of: number) { update in
                if case .chunk(let sequence, _) = update { chunks.append(sequence) }
                if case .admitted = update { admissions += 1 }
            }
            #expect(outcome.content.text == "[2]")
            #expect(chunks == [0, 1, 2, 3])
            #expect(admissions == 1)
        }
        try daemon.finish()
    }

    @Test("One that was not admitted yet is submitted again, as it was and in the same session")
    func notYetStored() throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2, .detached)
                    _ = try peer.nextSubmit()
                },
                { peer in
                    try peer.welcome(instance: 2, .detached)
                    let (number, submit) = try peer.nextSubmit()
                    guard number == 1, submit.detached, submit.function == "f",
                        try Content(submit.payload, from: &peer.descriptors) == .json("[1]")
                    else { throw Surprise.frame }
                    try peer.admit(1, as: 7, ticket: 1)
                    try peer.finish(1, .ok, "[2]")
                },
            ])
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let number = try client.submit("f", .json("[1]"), detached())
        #expect(try client.outcome(of: number).content.text == "[2]")
        try daemon.finish()
    }

    @Test("Fetching brings what came of a request as if it had been submitted here")
    func fetches() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome(.detached)
            guard try peer.nextFetch() == (1, Fetch(RequestID(rawValue: 7))),
                case .watch(let number, true) = try peer.nextRequest(), number.rawValue == 1,
                try peer.nextFetch() == (2, Fetch(RequestID(rawValue: 8)))
            else { throw Surprise.frame }
            try peer.admit(1, as: 7, ticket: 1)
            try peer.finish(2, .unknownRequest)
            try peer.start(1, attempt: 2)
            try peer.chunk(1, 0)
            try peer.finish(1, .ok, "7")
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let number = try client.fetch(RequestID(rawValue: 7), wantsStatus: true)
        let other = try client.fetch(RequestID(rawValue: 8))
        #expect(try client.outcome(of: other).code == "unknown_request")
        var updates: [RequestUpdate] = []
        #expect(try client.outcome(of: number) { updates.append($0) }.content.text == "7")
        #expect(
            updates == [
                .admitted(RequestID(rawValue: 7), ticket: [1], warning: nil), .started(attempt: 2),
                .chunk(sequence: 0, Content([])),
            ])
        try daemon.finish()
    }

    @Test("A ticket is said with FETCH, and again after a connection")
    func ticket() throws {
        var wanted = Fetch(RequestID(rawValue: 7))
        wanted.ticket = [UInt8]([1, 2]).withUnsafeBytes { Ticket($0) }
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { [wanted] peer in
                    try peer.welcome(instance: 2, .detached)
                    guard try peer.nextFetch() == (1, wanted) else { throw Surprise.frame }
                    try peer.admit(1, as: 7, ticket: 9)
                },
                { [wanted] peer in
                    try peer.welcome(instance: 3, .detached)
                    guard try peer.nextFetch() == (1, wanted) else { throw Surprise.frame }
                    try peer.finish(1, .ok, "7")
                },
            ])
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let ticket: [UInt8] = [1, 2]
        let number = try client.fetch(RequestID(rawValue: 7), ticket: ticket)
        #expect(try client.outcome(of: number).content.text == "7")
        try daemon.finish()
    }

    @Test("Cancelling one that is detached is said to the daemon, and again after a connection")
    func cancels() throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2, .detached)
                    _ = try peer.nextSubmit()
                    try peer.admit(1, as: 7, ticket: 1)
                    guard case .cancel = try peer.nextRequest() else { throw Surprise.frame }
                },
                { peer in
                    try peer.welcome(instance: 3, .detached)
                    guard try peer.nextFetch().fetch.request.rawValue == 7,
                        case .cancel = try peer.nextRequest()
                    else { throw Surprise.frame }
                    try peer.finish(1, .cancelledByClient)
                },
            ])
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let number = try client.submit("f", Content([]), detached())
        guard case .admitted = try client.nextUpdate().1 else { throw Surprise.frame }
        try client.cancel(number)
        #expect(try client.outcome(of: number).code == "cancelled_by_client")
        try daemon.finish()
    }

    @Test("A daemon that does not offer it is sent no FETCH: the answer is given here")
    func unsupported() throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2, .detached)
                    for _ in 1...2 { _ = try peer.nextSubmit() }
                    try peer.admit(1, as: 7, ticket: 1)
                },
                { peer in
                    try peer.welcome(instance: 3)
                    guard try peer.nextSubmit().number == 2 else { throw Surprise.frame }
                    try peer.finish(2, .ok, "2")
                    guard try peer.nextSubmit().number == 4 else { throw Surprise.frame }
                    try peer.finish(4, .ok, "4")
                },
            ])
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let stored = try client.submit("f", Content([]), detached())
        let other = try client.submit("f", Content([]))
        let refused = try client.outcome(of: stored)
        #expect(refused.outcome == .rejected && refused.code == "unsupported")
        #expect(refused.message.contains("request 7 cannot be fetched"))
        #expect(try client.outcome(of: other).content.text == "2")
        let third = try client.fetch(RequestID(rawValue: 9))
        let (number, update) = try client.nextUpdate()
        guard case .outcome(let outcome) = update else { throw Surprise.frame }
        #expect(number == third && outcome.code == "unsupported")
        let fourth = try client.submit("f", Content([]))
        #expect(try client.outcome(of: fourth).content.text == "4")
        try daemon.finish()
    }
}
