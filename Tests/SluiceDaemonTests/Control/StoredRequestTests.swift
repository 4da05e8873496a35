import Foundation
import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceWire
import Testing

@testable import SluiceDaemon

/// The control plane with a store that is really there.
@Suite("Stored requests, seen from the control socket")
final class StoredRequestTests {
    private let directory = "/tmp/sluice-stored-\(UUID().uuidString.prefix(8))"
    private let store: Store
    private let bench: ControlBench
    private let peer: ControlPeer
    private var news: [StoreNews] = []

    init() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        store = try Store(in: directory)
        bench = try ControlBench()
        peer = try bench.connect()
    }

    deinit {
        store.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func answers(_ count: Int) -> [(UInt64, StoreOutcome)] {
        var answers: [(UInt64, StoreOutcome)] = []
        while answers.count < count {
            store.wait()
            store.take(into: &news)
            for case .answer(let token, let outcome) in news { answers.append((token, outcome)) }
            news.removeAll()
        }
        return answers
    }

    private func perform(_ operations: StoreOperation...) throws {
        for operation in operations { try store.submit(operation, token: 0) }
        store.flush()
        for (_, outcome) in answers(operations.count) {
            if case .refused(let refusal) = outcome { throw refusal }
        }
    }

    private func accept(_ id: UInt64, for function: String) -> StoreOperation {
        .accept(
            NewRequest(
                id: RequestID(rawValue: id),
                origin: RequestOrigin(
                    user: 1000, session: (1, 2), number: RequestNumber(rawValue: id)),
                function: function, payload: StoredPayload(nil, .inline([1, 2, 3])),
                enqueuedAt: WallTime(milliseconds: 1000)))
    }

    private func finish(_ id: UInt64, _ code: Code) -> StoreOperation {
        .finish(
            RequestID(rawValue: id),
            Ending(
                code, message: "so", result: StoredPayload(nil, .inline([4])),
                finishedAt: WallTime(milliseconds: 2000)))
    }

    /// Calls, lets the store do all that is asked of it, and gives the reply.
    private func call<Method: VarlinkMethod>(_ method: Method) throws -> VarlinkReply {
        try peer.send(method)
        while true {
            let asks = try bench.asks()
            guard !asks.isEmpty else { return try peer.reply() }
            for case .operation(let operation, let token) in asks {
                try store.submit(operation, token: token)
            }
            store.flush()
            let answers = answers(asks.count)
            try bench.turn { plane in
                for (token, outcome) in answers {
                    _ = plane.take(outcome, Engine(), for: token, at: .distantPast)
                }
            }
        }
    }

    @Test("They are listed by state, looked at, and discarded once they are finished")
    func life() throws {
        try perform(
            accept(1, for: "f"), accept(2, for: "g"), accept(3, for: "f"),
            .start(RequestID(rawValue: 2), attempt: 1), finish(3, .functionError))
        func ids(_ list: Control.ListDetached) throws -> [UInt64] {
            let reply = try call(list).parameters(as: Control.ListDetached.Reply.self)
            #expect(reply.next == nil)
            return reply.requests.map(\.id)
        }
        #expect(try ids(.init()) == [1, 2, 3])
        #expect(try ids(.init(state: .waiting)) == [1])
        #expect(try ids(.init(state: .running)) == [2])
        #expect(try ids(.init(state: .finished)) == [3])
        #expect(try ids(.init(function: "f")) == [1, 3])
        #expect(try ids(.init(user: 7)) == [])
        #expect(try ids(.init(after: 1)) == [2, 3])
        let first = try call(Control.ListDetached(limit: 1))
            .parameters(as: Control.ListDetached.Reply.self)
        #expect(first.requests.map(\.id) == [1])
        #expect(first.next == 1)

        let failed = try call(Control.GetDetached(id: 3))
            .parameters(as: Control.GetDetached.Reply.self).request
        #expect(failed.code == "function_error")
        #expect(failed.message == "so")
        #expect((failed.bytes, failed.resultBytes) == (3, 1))
        #expect((failed.enqueuedAt, failed.finishedAt) == (1, 2))

        #expect(ControlError(try call(Control.Discard(id: 2))) == .notFinished(2))
        #expect(try call(Control.Discard(id: 3)).error == nil)
        #expect(ControlError(try call(Control.Discard(id: 3))) == .unknownRequest(3))
        #expect(try ids(.init()) == [1, 2])
    }
}
