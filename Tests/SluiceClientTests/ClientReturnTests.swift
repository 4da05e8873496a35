import Dispatch
import Glibc
import SluiceModel
import SluiceWire
import Synchronization
import Testing

@testable import SluiceClient

@Suite("A client whose daemon goes comes back to it unasked")
struct ClientReturnTests {
    private let one = RequestNumber(rawValue: 1)

    private func chunks(_ updates: [RequestUpdate]) -> [UInt64] {
        updates.compactMap { update in
            guard case .chunk(let sequence, _) = update else { return nil }
            return sequence
        }
    }

    @Test(
        "Whoever waits sees one request from end to end, however the daemon went",
        arguments: [true, false])
    func stream(saysSo: Bool) throws {
        let sessions = Mutex<[UniqueID]>([])
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    let hello = try peer.welcome(instance: 2)
                    sessions.withLock { $0.append(hello.session) }
                    guard try peer.nextSubmit().submit.ticket == nil else { throw Surprise.frame }
                    try peer.admit(1, as: 7, ticket: 1)
                    try peer.start(1)
                    for sequence in UInt64(0)..<2 { try peer.chunk(1, sequence) }
                    if saysSo { try peer.say(.link(.restarting)) }
                },
                // One that dies before it says welcome is no reason to give up.
                { peer in _ = try peer.nextFrame() },
                { peer in
                    let hello = try peer.welcome(instance: 3)
                    sessions.withLock { $0.append(hello.session) }
                    let (number, submit) = try peer.nextSubmit()
                    guard number == 1, submit.function == "f", submit.attempt == 1,
                        submit.chunks == 2,
                        submit.ticket == [UInt8(1)].withUnsafeBytes({ Ticket(checked: $0) }),
                        try Content(submit.payload, from: &peer.descriptors) == .json("[1]")
                    else { throw Surprise.frame }
                    try peer.admit(1, as: 7, ticket: 2)
                    try peer.start(1)
                    for sequence in UInt64(0)..<3 { try peer.chunk(1, sequence) }
                    try peer.finish(1, .ok, "[2]")
                    try peer.expectClosed()
                },
            ])
        do {
            let client = try DataConnection(runtimeDirectory: daemon.directory)
            var returns = 0
            client.onReturn = { returns += 1 }
            let number = try client.submit("f", .json("[1]"))
            var updates: [RequestUpdate] = []
            let outcome = try client.outcome(of: number) { updates.append($0) }
            #expect(outcome.content.text == "[2]")
            #expect(chunks(updates) == [0, 1, 2])
            #expect(updates.count == 5)
            #expect(returns == 1)
        }
        try daemon.finish()
        sessions.withLock { #expect($0.count == 2 && Set($0).count == 1) }
    }

    @Test("Outcomes that came before the end count, and are not asked for again")
    func lastWords() throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2)
                    for _ in 1...3 { _ = try peer.nextFrame() }
                    try peer.finish(2, .ok, "2")
                },
                { peer in
                    try peer.welcome(instance: 3)
                    for number: UInt64 in [1, 3, 4] {
                        guard try peer.nextSubmit().number == number else { throw Surprise.frame }
                        try peer.finish(number, .ok, "\(number)")
                    }
                },
            ])
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let numbers = try (1...3).map { _ in try client.submit("f", Content([])) }
        #expect(try client.outcome(of: numbers[1]).content.text == "2")
        // Asked for while nobody listens.
        let fourth = try client.submit("f", Content([]))
        for number in [numbers[0], numbers[2], fourth] {
            #expect(try client.outcome(of: number).content.text == "\(number)")
        }
        try daemon.finish()
    }

    @Test("A stream with a hole fails alone, is called off, and others go on")
    func hole() throws {
        let one = one
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            for _ in 1...2 { _ = try peer.nextFrame() }
            try peer.admit(1, as: 7, ticket: 1)
            try peer.chunk(1, 1)
            try peer.say(.link(.ping(5)))
            guard case .cancel(one) = try peer.nextRequest(),
                case .link(.pong(5)) = try peer.nextRequest()
            else { throw Surprise.frame }
            try peer.finish(1, .cancelledByClient)
            try peer.finish(2, .ok, "2")
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let numbers = try (1...2).map { _ in try client.submit("f", Content([])) }
        #expect(try client.outcome(of: numbers[1]).content.text == "2")
        guard case .admitted = try client.nextUpdate().1 else { throw Surprise.frame }
        #expect(throws: ClientError.chunksLost(numbers[0])) { try client.nextUpdate() }
        try daemon.finish()
    }

    @Test("A stream that became a new request fails with a name, and is called off")
    func anew() throws {
        let one = one
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2)
                    _ = try peer.nextFrame()
                    try peer.admit(1, as: 7, ticket: 1)
                    try peer.start(1)
                    try peer.chunk(1, 0)
                },
                { peer in
                    try peer.welcome(instance: 3)
                    _ = try peer.nextFrame()
                    try peer.admit(1, as: 8, ticket: 2)
                    guard case .cancel(one) = try peer.nextRequest() else { throw Surprise.frame }
                },
            ])
        let client = try DataConnection(
            runtimeDirectory: daemon.directory, absence: Patience(limit: .seconds(20)))
        let number = try client.submit("f", Content([]))
        #expect(throws: ClientError.streamRestarted(number)) { try client.outcome(of: number) }
        try client.flush()
        try daemon.finish()
    }

    @Test("One that does not come back is given up on after the limit, and may be waited for again")
    func gone() throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2)
                    _ = try peer.nextFrame()
                },
                // It takes the call and hangs, as a daemon does that the manager cannot start.
                { peer in
                    _ = try peer.nextFrame()
                    try peer.expectClosed()
                },
                { peer in
                    try peer.welcome(instance: 3)
                    guard try peer.nextSubmit().number == 1 else { throw Surprise.frame }
                    try peer.finish(1, .ok, "1")
                },
            ])
        let noticed = Mutex(0)
        var absence = Patience(limit: .milliseconds(500)) { noticed.withLock { $0 += 1 } }
        absence.noticeAfter = .milliseconds(20)
        let client = try DataConnection(runtimeDirectory: daemon.directory, absence: absence)
        let number = try client.submit("f", Content([]))
        let path = DaemonSocket.client.path(in: daemon.directory)
        #expect(throws: ClientError.notBack(socket: path, after: .milliseconds(500))) {
            try client.outcome(of: number)
        }
        #expect(noticed.withLock { $0 } == 1)
        #expect(try client.outcome(of: number).content.text == "1")
        try daemon.finish()
    }

    @Test("Who is dismissed does not come back")
    func dismissed() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            try peer.send { out in Farewell(.slowReader, "too slow").encode(into: &out) }
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        #expect(throws: ClientError.dismissed(code: "slow_reader", message: "too slow")) {
            try client.nextUpdate()
        }
        try daemon.finish()
    }
}
