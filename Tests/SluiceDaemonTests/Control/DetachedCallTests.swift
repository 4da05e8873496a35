import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon
@testable import SluiceStore

/// A stored request, as the store tells of it.
func stored(
    _ id: UInt64, _ state: StoredState = .waiting, code: Code? = nil, message: String = ""
) -> StoredRequest {
    StoredRequest(
        id: RequestID(rawValue: id),
        origin: RequestOrigin(
            user: 1000, session: (1, 2), number: RequestNumber(rawValue: id)),
        function: "f", payloadBytes: 3, enqueuedAt: WallTime(milliseconds: 1500), state: state,
        attempts: 1, charged: 0, chunks: 2, chunkBytes: 10, lostChunks: 0,
        conclusion: code.map {
            StoredRequest.Conclusion(
                finishedAt: WallTime(milliseconds: 2500), code: $0.rawValue, message: message,
                resultBytes: 7)
        })
}

private let unusable =
    "their file cannot be used; it is tried again every 10 seconds, and 'journalctl -u sluiced' "
    + "says why"

@Suite("Calls about stored requests")
struct DetachedCallTests {
    let bench: ControlBench
    let peer: ControlPeer

    init() throws {
        bench = try ControlBench()
        peer = try bench.connect()
    }

    /// The one operation that is asked for.
    private func operation() throws -> (StoreOperation, UInt64) {
        let asks = try bench.asks()
        guard asks.count == 1, case .operation(let operation, let token) = asks[0] else {
            throw Unexpected()
        }
        return (operation, token)
    }

    @discardableResult
    private func answer(_ token: UInt64, _ outcome: StoreOutcome) throws -> LogRecord? {
        var record: LogRecord?
        try bench.turn { record = $0.take(outcome, Engine(), for: token, at: .distantPast) }
        return record
    }

    @Test("A list is asked of the store as it was called, and its page is the reply")
    func list() throws {
        try peer.send(
            Control.ListDetached(state: .running, function: "f", user: 7, after: 3, limit: 9))
        let (operation, token) = try operation()
        guard case .list(let filter, let after, let count) = operation else { throw Unexpected() }
        #expect(filter == StoreFilter(state: .started, function: "f", user: 7))
        #expect(after == RequestID(rawValue: 3))
        #expect(count == 9)
        #expect(try peer.replies().isEmpty)
        let found = [stored(4), stored(5, .finished, code: .functionError, message: "no")]
        try answer(token, .requests(found, next: RequestID(rawValue: 5)))
        let page = try peer.reply().parameters(as: Control.ListDetached.Reply.self)
        var failed = Control.Detached(id: 5, function: "f", user: 1000, enqueuedAt: 1.5)
        (failed.state, failed.finishedAt, failed.code) = (.finished, 2.5, "function_error")
        (failed.message, failed.resultBytes) = ("no", 7)
        (failed.attempts, failed.bytes, failed.chunks) = (1, 3, 2)
        #expect(page.requests.map(\.id) == [4, 5])
        #expect(page.requests.last == failed)
        #expect(page.next == 5)
    }

    @Test(
        "What has an outcome without a result shows none, but an empty result is one",
        arguments: [(.ok, 0, 0), (.functionError, 0, nil), (.functionError, 7, 7)]
            as [(Code, Int, Int?)])
    func resultSize(code: Code, bytes: Int, shown: Int?) {
        var request = stored(5, .finished, code: code)
        request.conclusion?.resultBytes = bytes
        #expect(Control.Detached(request).resultBytes == shown)
    }

    @Test("An empty page with more behind it is passed on as it is")
    func emptyPage() throws {
        try peer.send(Control.ListDetached(state: .finished))
        try answer(try operation().1, .requests([], next: RequestID(rawValue: 4096)))
        let page = try peer.reply().parameters(as: Control.ListDetached.Reply.self)
        #expect(page == .init(requests: [], next: 4096))
    }

    @Test(
        "However many are called for, a page has those that the store gives at once",
        arguments: [(nil, 200), (0, 1), (-3, 1), (1_000_000, StoreLimits.rowsPerPage)])
    func counts(limit: Int?, expected: Int) throws {
        try peer.send(Control.ListDetached(after: .max, limit: limit))
        guard case .list(_, let after, let count) = try operation().0 else { throw Unexpected() }
        #expect(count == expected)
        #expect(after == RequestID(rawValue: UInt64(Int64.max)))
    }

    @Test("A page that would be too long for a reply ends earlier, and says where to go on")
    func longPage() throws {
        let message = String(repeating: "\u{1}", count: StoreLimits.messageBytes)
        let all = (1...UInt64(StoreLimits.rowsPerPage)).map {
            stored($0, .finished, code: .functionError, message: message)
        }
        try peer.send(Control.ListDetached())
        let token = try operation().1
        try bench.turn {
            _ = $0.take(.requests(all, next: nil), Engine(), for: token, at: .distantPast)
        }
        var replies: [VarlinkReply] = []
        // What the socket does not take at once follows.
        while replies.isEmpty {
            replies = try peer.replies()
            try bench.turn()
        }
        let page = try replies[0].parameters(as: Control.ListDetached.Reply.self)
        #expect(page.requests.count == (512 << 10) / (message + "f").utf8.count)
        #expect(page.next == page.requests.last?.id)
        let bytes = Control.ListDetached.message(reply: page).count
        #expect(bytes < Limits.controlMessage)
    }

    @Test("One request is looked up, and unknown if the store does not have it")
    func look() throws {
        try peer.send(Control.GetDetached(id: 4))
        let (operation, token) = try operation()
        guard case .look(RequestID(rawValue: 4)) = operation else { throw Unexpected() }
        try answer(token, .request(stored(4, .started)))
        let reply = try peer.reply().parameters(as: Control.GetDetached.Reply.self)
        #expect(reply.request.state == .running)
        try peer.send(Control.GetDetached(id: 5))
        try answer(try self.operation().1, .request(nil))
        #expect(try peer.refusal() == .unknownRequest(5))
    }

    @Test("What waits for room to be stored is settling, in lists and by itself")
    func settling() throws {
        let client = ClientID(rawValue: 1)
        let caller = Caller(user: 1000, session: SessionID(high: 1, low: 2))
        var submission = Submission(
            number: RequestNumber(rawValue: 1), function: "f", body: BodyID(rawValue: 1), bytes: 3)
        submission.isDetached = true
        let id = RequestID(rawValue: 1)
        try bench.happen([
            .store(.state(.open)), .clientJoined(client, caller),
            .remembered(Declaration(function: "f")), .submitted(client, submission),
        ])
        try bench.happen([.store(.stored(id, .accepted)), .cancelled(client, submission.number)])
        try bench.happen([.store(.settled(id, .refused(.storeFull)))])

        func states(_ list: Control.ListDetached) throws -> [Control.DetachedState] {
            try peer.send(list)
            let (operation, token) = try operation()
            guard case .list(let filter, _, _) = operation else { throw Unexpected() }
            #expect(filter.isUnfinished == (list.state == .settling))
            _ = try bench.take(.requests([stored(1), stored(2)], next: nil), for: token)
            let page = try peer.reply().parameters(as: Control.ListDetached.Reply.self)
            return page.requests.map(\.state)
        }
        #expect(try states(.init()) == [.settling, .waiting])
        #expect(try states(.init(state: .settling)) == [.settling])
        #expect(try states(.init(state: .waiting)) == [.waiting])
        try peer.send(Control.GetDetached(id: 1))
        _ = try bench.take(.request(stored(1)), for: try operation().1)
        let shown = try peer.reply().parameters(as: Control.GetDetached.Reply.self).request
        #expect(shown.state == .settling && shown.settlingSeconds != nil && shown.code == nil)
        try peer.send(Control.GetRequest(id: 1))
        try bench.turn()
        let live = try peer.reply().parameters(as: Control.GetRequest.Reply.self).request
        #expect(live.state == .settling && live.settlingSeconds != nil)
        try peer.send(Control.Explain(id: 1))
        try bench.turn()
        let why = try peer.reply().parameters(as: Control.Explain.Reply.self)
        #expect(why.blocker == .storeFull && why.help?.contains("sluicectl cancel 1") == true)
    }

    @Test("Only what is finished is discarded, and who did it is logged")
    func discard() throws {
        try peer.send(Control.Discard(id: 4))
        let token = try operation().1
        #expect(try answer(token, .request(stored(4, .finished, code: .ok))) == nil)
        #expect(try peer.replies().isEmpty)
        let (operation, again) = try operation()
        guard case .delete(RequestID(rawValue: 4)) = operation else { throw Unexpected() }
        let record = try answer(again, .done)
        #expect(record == .discarded(RequestID(rawValue: 4), by: currentUser()))
        #expect(try peer.reply().error == nil)
    }

    @Test("What has no outcome is not discarded, nor what is gone meanwhile")
    func notDiscarded() throws {
        try peer.send(Control.Discard(id: 4))
        #expect(try answer(try operation().1, .request(stored(4, .started))) == nil)
        #expect(try peer.refusal() == .notFinished(4))
        #expect(try bench.asks().isEmpty)
        try peer.send(Control.Discard(id: 5))
        try answer(try operation().1, .request(nil))
        #expect(try peer.refusal() == .unknownRequest(5))
        try peer.send(Control.Discard(id: 6))
        try answer(try operation().1, .request(stored(6, .finished, code: .ok)))
        #expect(try answer(try operation().1, .refused(.unknownRequest)) == nil)
        #expect(try peer.refusal() == .unknownRequest(6))
    }

    @Test("A retry is handed out with who asked, and the new number is the reply")
    func retry() throws {
        try peer.send(Control.Retry(id: 4))
        let asks = try bench.asks()
        guard case .retry(let id, let token, let user)? = asks.first else { throw Unexpected() }
        #expect(id == RequestID(rawValue: 4))
        #expect(user == currentUser())
        var record: LogRecord?
        try bench.turn { record = $0.take(retry: .success(RequestID(rawValue: 9)), for: token) }
        #expect(record == .retried(id, as: RequestID(rawValue: 9), by: user))
        #expect(try peer.reply().parameters(as: Control.Retry.Reply.self).id == 9)
    }

    @Test(
        "A retry that is refused says why",
        arguments: [
            (.store(.unknownRequest), .unknownRequest(4)),
            (.store(.isUnfinished), .notRetryable(4, reason: "it has no outcome yet")),
            (
                .store(.payloadGone),
                .notRetryable(4, reason: "it completed: what it was asked with is not kept")
            ),
            (.store(.storeFull), .storeFull), (.store(.diskFull), .storeFull),
            (
                .store(.backlog),
                .tooMany("operations on their way to the disk", limit: StoreLimits.backlog)
            ),
            (.store(.failed("no")), .storeFailed(reason: "no")),
            (
                .store(.unavailable),
                .storeFailed(reason: unusable)
            ),
            (
                .rejected(.queueFull, message: "q is full"),
                .notRetryable(4, reason: "it was rejected (queue_full): q is full")
            ),
        ] as [(RetryRefusal, ControlError)])
    func notRetried(refusal: RetryRefusal, expected: ControlError) throws {
        try peer.send(Control.Retry(id: 4))
        guard case .retry(_, let token, _)? = try bench.asks().first else { throw Unexpected() }
        var record: LogRecord?
        try bench.turn { record = $0.take(retry: .failure(refusal), for: token) }
        #expect(record == nil)
        #expect(try peer.refusal() == expected)
    }

    @Test("What nobody will do is refused, of either kind")
    func refused() throws {
        try peer.send(Control.GetDetached(id: 4))
        try peer.send(Control.Retry(id: 4))
        let asks = try bench.asks()
        try bench.turn { for ask in asks { $0.refuse(ask, .unavailable) } }
        let refusals = try peer.replies().map { ControlError($0) }
        #expect(refusals == [.storeFailed(reason: unusable), .storeFailed(reason: unusable)])
    }

    @Test("Without a store each call is refused at once, and nothing is asked")
    func noStore() throws {
        let bench = try ControlBench(keepsDetached: false)
        let peer = try bench.connect()
        try peer.send(Control.ListDetached())
        #expect(try bench.asks().isEmpty)
        let reason = "sluiced has no state directory to keep requests in"
        #expect(try peer.refusal() == .storeFailed(reason: reason))
    }

    @Test("Looking is for readers, retrying and deleting for those who may change things")
    func permissions() {
        #expect(!Control.Call.listDetached(.init()).changes)
        #expect(!Control.Call.getDetached(.init(id: 1)).changes)
        #expect(Control.Call.retry(.init(id: 1)).changes)
        #expect(Control.Call.discard(.init(id: 1)).changes)
    }

    @Test("Who wants no reply gets none, and its change is made")
    func oneway() throws {
        let text =
            #"{"method":"io.sluice.Control.Discard","parameters":{"id":4},"oneway":true}"#
        try peer.send(Array(text.utf8) + [0])
        try answer(try operation().1, .request(stored(4, .finished, code: .ok)))
        #expect(try answer(try operation().1, .done) != nil)
        #expect(try peer.replies().isEmpty)
    }

    @Test("Monitors hear what happens to the store, in the words of the log")
    func monitors() throws {
        try peer.send(Control.Monitor(), more: true)
        try bench.turn()
        _ = try peer.reply()
        let events: [(StoreEvent, Control.EventKind)] = [
            (.opened(StoreOpening(path: "/s/requests.sqlite", unfinished: 3)), .storeUsable),
            (.setAside(SetAside(path: "/s/a", aside: "/s/b", reason: "r")), .storeDamaged),
            (.unavailable(.inUse(path: "/s/a")), .storeFailed), (.diskFull(true), .storeFull),
            (.diskFull(false), .storeUsable),
        ]
        for (event, kind) in events {
            try bench.turn { $0.tellMonitors(of: event) }
            let told = try peer.reply().parameters(as: Control.Monitor.Reply.self).event
            #expect(told.kind == kind)
            #expect(told.message == LogRecord.of(event).message)
        }
    }
}

extension ControlPlane {
    /// Says that nobody will do it.
    fileprivate mutating func refuse(_ ask: StoreAsk, _ refusal: StoreRefusal) {
        switch ask {
        case .operation(_, let token):
            _ = take(.refused(refusal), Engine(), for: token, at: .distantPast)
        case .retry(_, let token, _): _ = take(retry: .failure(.store(refusal)), for: token)
        }
    }
}
