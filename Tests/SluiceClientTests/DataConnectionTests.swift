import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceClient

extension Peer {
    mutating func nextRequest() throws -> ClientRequest {
        try ClientRequest(try nextFrame(), &strings)
    }

    func say(_ event: ClientEvent, with descriptor: CInt? = nil) throws {
        try send(descriptor: descriptor) { out in event.encode(into: &out) }
    }

    func finish(_ number: UInt64, _ code: Code, _ text: String = "") throws {
        try Array(text.utf8).withUnsafeBytes { bytes in
            let report = OutcomeReport(code, attempts: 1, payload: Payload(nil, .inline(bytes)))
            try say(.outcome(RequestNumber(rawValue: number), report))
        }
    }
}

@Suite("A client's connection")
struct DataConnectionTests {
    @Test("A request is heard of in order, to its one outcome")
    func life() throws {
        let one = RequestNumber(rawValue: 1)
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            guard case .submit(one, let submit) = try peer.nextRequest(),
                submit.function == "caption", submit.wantsStatus,
                submit.deadline == .seconds(5), submit.payload.contentType == "application/json"
            else { throw Surprise.frame }
            try peer.say(.link(.ping(9)))
            let ticket = try #require(Ticket(UnsafeRawBufferPointer(start: nil, count: 0)))
            try peer.say(.admitted(one, .init(request: RequestID(rawValue: 812), ticket: ticket)))
            try peer.say(.started(one, attempt: 1))
            try peer.finish(1, .ok, "[2]")
            guard case .link(.pong(9)) = try peer.nextRequest() else { throw Surprise.frame }
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        var options = RequestOptions()
        (options.wantsStatus, options.deadline) = (true, .seconds(5))
        let number = try client.submit("caption", .json("[1]"), options)
        var updates: [RequestUpdate] = []
        let outcome = try client.outcome(of: number) { updates.append($0) }
        #expect(
            updates == [
                .admitted(RequestID(rawValue: 812), ticket: [], warning: nil), .started(attempt: 1),
            ])
        #expect(outcome.outcome == .completed && outcome.content.text == "[2]")
        try client.flush()
        try daemon.finish()
    }

    @Test("What the daemon says is taken while it takes nothing, for it may be waiting for that")
    func bothAtOnce() throws {
        let count = 40
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            guard case .submit = try peer.nextRequest() else { throw Surprise.frame }
            // More than sockets hold, in both directions.
            let line = LogLine(.info, String(repeating: "x", count: 16 << 10))
            for _ in 0..<200 { try peer.say(.log(RequestNumber(rawValue: 1), line)) }
            for _ in 1..<count {
                guard case .submit = try peer.nextRequest() else { throw Surprise.frame }
            }
            for number in 1...count { try peer.finish(UInt64(number), .ok, "1") }
            try peer.expectClosed()
        }
        var client: DataConnection? = try DataConnection(runtimeDirectory: daemon.directory)
        let large = Content([UInt8](repeating: 7, count: 200 << 10))
        for _ in 0..<count { try client?.submit("caption", large) }
        var ended = 0
        var lines = 0
        while ended < count {
            try client?.takeArrivals { _, update in
                switch update {
                case .success(.outcome): ended += 1
                case .success(.log): lines += 1
                default: break
                }
            }
            var socket = pollfd(fd: client?.number ?? -1, events: Int16(POLLIN), revents: 0)
            if ended < count { poll(&socket, 1, -1) }
        }
        #expect(lines == 200)
        client = nil
        try daemon.finish()
    }

    @Test("A gateway says for whom it asks")
    func caller() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            guard case .submit(_, let submit) = try peer.nextRequest(), submit.caller == "ann"
            else { throw Surprise.frame }
            try peer.finish(1, .ok, "1")
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        var options = RequestOptions()
        options.caller = "ann"
        let number = try client.submit("caption", .json("[]"), options)
        #expect(try client.outcome(of: number).outcome == .completed)
        try daemon.finish()
    }

    @Test("Outcomes may be waited for in any order")
    func outOfOrder() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            for _ in 1...3 { _ = try peer.nextRequest() }
            for number: UInt64 in [2, 3, 1] { try peer.finish(number, .ok, "\(number)") }
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let numbers = try (1...3).map { _ in try client.submit("f", Content([])) }
        for number in numbers {
            #expect(try client.outcome(of: number).content.text == "\(number)")
        }
        try daemon.finish()
    }

    @Test("A large payload travels in a memory file, a small one in its frame")
    func memoryFiles() throws {
        let large = Content([UInt8](repeating: 7, count: Content.inlineLimit))
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            guard case .submit(_, let submit) = try peer.nextRequest(),
                case .inDescriptor = submit.payload.content,
                try Content(submit.payload, from: &peer.descriptors) == large
            else { throw Surprise.frame }
            // A result may come in one, too.
            try large.bytes.withUnsafeBytes { bytes in
                let file = try MemoryFile(named: "result", contents: bytes)
                let payload = Payload(nil, .inDescriptor(size: UInt64(file.size)))
                let report = OutcomeReport(.ok, payload: payload)
                try peer.say(
                    .outcome(RequestNumber(rawValue: 1), report), with: file.descriptor.number)
            }
            guard case .submit(_, let small) = try peer.nextRequest(),
                case .inline = small.payload.content
            else { throw Surprise.frame }
            try peer.finish(2, .ok, "small")
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let first = try client.submit("f", large)
        #expect(try client.outcome(of: first).content == large)
        let second = try client.submit("f", Content([1]))
        #expect(try client.outcome(of: second).content.text == "small")
        try daemon.finish()
    }

    @Test("A connection that the daemon ends says why")
    func dismissed() throws {
        let daemon = try FakeDaemon(.client) { peer in
            _ = try peer.nextFrame()
            try peer.send { out in Farewell(.tooMany, "no room").encode(into: &out) }
        }
        #expect(throws: ClientError.dismissed(code: "too_many", message: "no room")) {
            try DataConnection(runtimeDirectory: daemon.directory)
        }
        try daemon.finish()
    }

    @Test("A name that no function can have is refused before it is sent")
    func names() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            try peer.expectClosed()
        }
        do {
            let client = try DataConnection(runtimeDirectory: daemon.directory)
            #expect(throws: ClientError.invalidName("a b")) {
                try client.submit("a b", Content([]))
            }
        }
        try daemon.finish()
    }
}
