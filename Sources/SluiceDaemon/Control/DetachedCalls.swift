import SluiceModel
import SluiceStore
import SluiceWire

/// What a call wants to know or to do about stored requests, that the control plane cannot.
enum StoreAsk {
    /// The store does it.
    case operation(StoreOperation, token: UInt64)
    /// Takes it in once more: a place is the engine's to give, what was asked is in the store.
    case retry(RequestID, token: UInt64, user: UInt32)

    var token: UInt64 {
        switch self {
        case .operation(_, let token), .retry(_, let token, _): token
        }
    }
}

/// Why what was stored is not taken in once more.
enum RetryRefusal: Error, Hashable {
    case store(StoreRefusal)
    /// As any other request: the queue is full, the function unknown.
    case rejected(Code, message: String)
}

/// The calls about stored requests that wait for an answer from outside of the control plane.
struct DetachedCalls {
    /// What such a call is about.
    enum Subject {
        case list(Control.ListDetached, after: RequestID?, count: Int)
        case look(RequestID)
        case retry(RequestID)
        /// The store forgets whatever it is told to: first it is asked whether it is finished.
        case discard(RequestID)
    }

    struct Waiting {
        let subject: Subject
        /// The connection may be gone when the answer comes.
        let connection: UInt64
        let user: UInt32
    }

    /// That may wait at once. Together they take an eighth of what may be on its way to the store:
    /// whoever looks at it shall not keep requests out.
    static let limit = 128

    /// Whether there is a store at all.
    let isPossible: Bool
    private var asks: [StoreAsk] = []
    private var waiting: [UInt64: Waiting] = [:]
    private var lastToken: UInt64 = 0

    init(isPossible: Bool) { self.isPossible = isPossible }

    var isFull: Bool { waiting.count >= Self.limit }

    /// - Returns: by what the answer will be known.
    mutating func begin(_ subject: Subject, for connection: UInt64, user: UInt32) -> UInt64 {
        lastToken += 1
        let token = lastToken
        waiting[token] = Waiting(subject: subject, connection: connection, user: user)
        switch subject {
        case .list(let call, let after, let count):
            let list = StoreOperation.list(StoreFilter(call), after: after, count: count)
            asks.append(.operation(list, token: token))
        case .look(let id), .discard(let id): asks.append(.operation(.look(id), token: token))
        case .retry(let id): asks.append(.retry(id, token: token, user: user))
        }
        return token
    }

    /// It is finished: now it may go.
    mutating func goOn(deleting id: RequestID, _ waiting: Waiting, token: UInt64) {
        self.waiting[token] = waiting
        asks.append(.operation(.delete(id), token: token))
    }

    mutating func end(_ token: UInt64) -> Waiting {
        guard let call = waiting.removeValue(forKey: token) else {
            preconditionFailure("an answer to what nobody asked")
        }
        return call
    }

    mutating func takeAsks() -> [StoreAsk] {
        // Nearly every turn has none, and costs nothing.
        guard !asks.isEmpty else { return [] }
        defer { asks = [] }
        return asks
    }
}

extension DetachedCalls.Subject {
    /// The request that it is about; nil: several.
    var request: RequestID? {
        switch self {
        case .list: nil
        case .look(let id), .retry(let id), .discard(let id): id
        }
    }
}

extension Control.Call {
    /// What it is about that only the store can tell; nil: nothing.
    var subject: DetachedCalls.Subject? {
        switch self {
        case .listDetached(let call):
            // The store's numbers have 63 bits, and no request ever got there.
            let after = call.after.map { RequestID(rawValue: min($0, UInt64(Int64.max))) }
            let count = min(max(1, call.limit ?? usualPage), StoreLimits.rowsPerPage)
            return .list(call, after: after, count: count)
        case .getDetached(let call): return .look(RequestID(rawValue: call.id))
        case .retry(let call): return .retry(RequestID(rawValue: call.id))
        case .discard(let call): return .discard(RequestID(rawValue: call.id))
        case .status, .listQueues, .getQueue, .listFunctions, .describeFunctions, .getMetrics,
            .listWorkers,
            .listDevices,
            .listRequests, .getRequest, .explain, .set, .revert, .pause, .resume, .drain,
            .cordon, .uncordon, .cancel, .forget, .startWorker, .stopWorker, .monitor, .reload,
            .getInfo,
            .getInterfaceDescription:
            return nil
        }
    }
}
