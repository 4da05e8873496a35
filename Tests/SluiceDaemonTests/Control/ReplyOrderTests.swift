import Foundation
import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon
@testable import SluiceStore

@Suite("Replies that wait")
struct ReplyOrderTests {
    private func tokens(_ asks: [StoreAsk]) -> [UInt64] { asks.map(\.token) }

    @Test("Replies come in the order of the calls, whatever is answered first")
    func order() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        try peer.send(Control.GetDetached(id: 1))
        try peer.send(VarlinkService.GetInfo())
        try peer.send(Control.GetDetached(id: 2))
        let tokens = tokens(try bench.asks())
        try #require(tokens.count == 2)
        try bench.turn {
            _ = $0.take(.request(stored(2)), Engine(), for: tokens[1], at: .distantPast)
        }
        #expect(try peer.replies().isEmpty)
        try bench.turn { _ = $0.take(.request(nil), Engine(), for: tokens[0], at: .distantPast) }
        let replies = try peer.replies()
        try #require(replies.count == 3)
        #expect(ControlError(replies[0]) == .unknownRequest(1))
        #expect(try replies[2].parameters(as: Control.GetDetached.Reply.self).request.id == 2)
    }

    @Test("What waits for the store also waits for the write before it, and the other way round")
    func writes() throws {
        let directory = "/tmp/sluice-control-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let writer = try FileWriter()
        defer { writer.finish() }
        let bench = try ControlBench(in: directory, writer: writer)
        let peer = try bench.connect()
        let set = Control.Set(target: .daemon, values: ["max_running": .number(3)])

        try peer.send(set)
        try peer.send(Control.GetDetached(id: 1))
        try peer.send(Control.Revert(target: .daemon))
        let tokens = tokens(try bench.asks())
        try #require(tokens.count == 1)
        // Both writes are done, or the second alone.
        var outcomes: [FileWriter.Outcome] = []
        while outcomes.last?.number != 2 {
            writer.outcomes.wait()
            writer.outcomes.drain(into: &outcomes)
            try bench.turn()
        }
        try bench.turn { for outcome in outcomes { $0.confirm(outcome) } }
        #expect(try peer.replies().count == 1)
        try bench.turn {
            _ = $0.take(.request(stored(1)), Engine(), for: tokens[0], at: .distantPast)
        }
        let replies = try peer.replies()
        #expect(replies.count == 2)
        #expect(try replies[0].parameters(as: Control.GetDetached.Reply.self).request.id == 1)
    }

    @Test("While a reply waits no more calls are taken than a turn takes, and then it goes on")
    func bound() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        for id in 1...20 { try peer.send(Control.GetDetached(id: UInt64(id))) }
        var answered = 0
        for expected in [8, 8, 4] {
            let tokens = tokens(try bench.asks())
            #expect(tokens.count == expected)
            #expect(try bench.asks().isEmpty)
            try bench.turn { plane in
                for token in tokens {
                    _ = plane.take(.request(nil), Engine(), for: token, at: .distantPast)
                }
            }
            answered += try peer.replies().count
        }
        #expect(answered == 20)
    }

    @Test("More calls about stored requests than the store is to bear at once are refused")
    func limit() throws {
        let bench = try ControlBench()
        var tokens: [UInt64] = []
        // Who hangs up leaves what it asked for.
        while tokens.count < DetachedCalls.limit {
            let peer = try bench.connect()
            for _ in 0..<8 { try peer.send(Control.ListDetached()) }
            tokens += self.tokens(try bench.asks())
            peer.hangUp()
            try bench.turn()
        }
        let peer = try bench.connect()
        try peer.send(Control.ListDetached())
        #expect(try bench.asks().isEmpty)
        #expect(
            try peer.refusal()
                == .tooMany("calls about detached requests at once", limit: DetachedCalls.limit))
        try bench.turn {
            _ = $0.take(.requests([], next: nil), Engine(), for: tokens[0], at: .distantPast)
        }
        try peer.send(Control.ListDetached())
        #expect(try bench.asks().count == 1)
    }

    @Test("An answer to a connection that is gone is nobody's, and what it asked for is done")
    func gone() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        try peer.send(Control.Discard(id: 1))
        let tokens = tokens(try bench.asks())
        peer.hangUp()
        try bench.turn()
        var asks: [StoreAsk] = []
        try bench.turn {
            _ = $0.take(
                .request(stored(1, .finished, code: .ok)), Engine(), for: tokens[0],
                at: .distantPast)
            asks = $0.takeStoreAsks()
        }
        guard case .operation(.delete, let token)? = asks.first else { throw Unexpected() }
        var record: LogRecord?
        try bench.turn { record = $0.take(.done, Engine(), for: token, at: .distantPast) }
        #expect(record == .discarded(RequestID(rawValue: 1), by: currentUser()))
    }
}
