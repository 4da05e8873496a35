import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

@Suite("A client leaves a detached request that it listens to")
struct ClientLeavingTests {
    private func detached() -> RequestOptions {
        var options = RequestOptions()
        options.detached = true
        return options
    }

    @Test("The daemon is told, and its answer is the last word")
    func says() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome([.detached, .leaving])
            _ = try peer.nextFetch()
            try peer.admit(1, as: 7, ticket: 1)
            try peer.expectLeave(of: 1)
            try peer.finish(1, .clientGone)
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let number = try client.fetch(RequestID(rawValue: 7))
        _ = try client.nextUpdate()
        #expect(try client.enqueue(leaving: number))
        #expect(try client.outcome(of: number).code == "client_gone")
        #expect(try !client.enqueue(leaving: number))
        try daemon.finish()
    }

    @Test("A daemon that does not know of it is not told, nor is any of what is not detached")
    func keepsQuiet() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome(.detached)
            _ = try peer.nextFetch()
            _ = try peer.nextSubmit()
            try peer.finish(1, .ok, "1")
            try peer.finish(2, .ok, "2")
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let number = try client.fetch(RequestID(rawValue: 7))
        #expect(try !client.enqueue(leaving: number))
        let attached = try client.submit("f", .json("[]"))
        #expect(try !client.enqueue(leaving: attached))
        #expect(try client.outcome(of: number).content.text == "1")
        #expect(try client.outcome(of: attached).content.text == "2")
        try daemon.finish()
    }

    @Test("On another connection what it left is not asked for, and what was not stored is")
    func comesBack() throws {
        let daemon = try FakeDaemon(
            .client,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2, [.detached, .leaving])
                    _ = try peer.nextFetch()
                    try peer.admit(1, as: 7, ticket: 1)
                    _ = try peer.nextSubmit()
                    try peer.expectLeave(of: 1)
                    try peer.expectLeave(of: 2)
                },
                { peer in
                    try peer.welcome(instance: 3, [.detached, .leaving])
                    guard try peer.nextSubmit().number == 2 else { throw Surprise.frame }
                    try peer.expectLeave(of: 2)
                    try peer.finish(2, .clientGone)
                },
            ])
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let fetched = try client.fetch(RequestID(rawValue: 7))
        let submitted = try client.submit("f", .json("[]"), detached())
        _ = try client.nextUpdate()
        #expect(try client.enqueue(leaving: fetched))
        #expect(try client.enqueue(leaving: submitted))
        #expect(try client.outcome(of: fetched).code == "client_gone")
        #expect(try client.outcome(of: submitted).code == "client_gone")
        try daemon.finish()
    }

    @Test("One that it cannot go on with it leaves, and does not call off")
    func hole() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome([.detached, .leaving])
            _ = try peer.nextFetch()
            try peer.admit(1, as: 7, ticket: 1)
            try peer.start(1)
            try peer.chunk(1, 3)
            try peer.expectLeave(of: 1)
            try peer.finish(1, .clientGone)
        }
        let client = try DataConnection(runtimeDirectory: daemon.directory)
        let number = try client.fetch(RequestID(rawValue: 7))
        #expect(throws: ClientError.chunksLost(number)) { _ = try client.outcome(of: number) }
        try client.flush()
        try daemon.finish()
    }

    @Test("Who has something else to do takes a part of what came, and the rest later")
    func portions() throws {
        let daemon = try FakeDaemon(.client) { peer in
            try peer.welcome()
            for _ in 1...5 { _ = try peer.nextSubmit() }
            for number in UInt64(1)...5 { try peer.finish(number, .ok, "1") }
            try peer.expectClosed()
        }
        var portions: [Int] = []
        do {
            let client = try DataConnection(runtimeDirectory: daemon.directory)
            let numbers = try (1...5).map { _ in try client.enqueue("f", .json("[]")) }
            // What comes meanwhile of the others is there then.
            _ = try client.outcome(of: numbers[4])
            var hasMore = true
            while hasMore {
                var taken = 0
                hasMore = try client.takeArrivals(while: { taken < 2 }) { _, _ in taken += 1 }
                portions.append(taken)
            }
        }
        #expect(portions == [2, 2, 0])
        try daemon.finish()
    }
}

extension Peer {
    fileprivate mutating func expectLeave(of number: UInt64) throws {
        guard try nextRequest() == .leave(RequestNumber(rawValue: number)) else {
            throw Surprise.frame
        }
    }
}
