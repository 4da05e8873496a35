import SluiceEngine
import SluiceModel

// A store that does what it is told, when it is told.
extension Lab {
    /// What the engine asked of the store, in order.
    var storeTasks: [StoreTask] {
        effects.compactMap { if case .store(let task) = $0 { task } else { nil } }
    }

    /// The same in words.
    var storeWords: [String] {
        storeTasks.map { task in
            switch task {
            case .accept(let keepsake): "accept \(keepsake.request)"
            case .find(let id, _): "find \(id)"
            case .start(let id, let attempt): "start \(id) \(attempt)"
            case .giveBack(let id, let charged): "give back \(id) \(charged)"
            case .keep(let id, let attempt, let sequence, _):
                "keep \(id) \(attempt) \(sequence)"
            case .finish(let id, let conclusion): "finish \(id) \(conclusion.code.rawValue)"
            case .fetch(_, let number, let fetch, _, let isLive):
                "fetch \(fetch.request) for \(number)\(isLive ? " live" : "")"
            }
        }
    }

    /// There is a store, and a function that some worker declared once.
    mutating func openStore() {
        turn([.store(.state(.open)), .remembered(Declaration(function: "A"))])
    }

    /// The store answers for the request that was handed to it last.
    mutating func stored(_ acceptance: Acceptance = .accepted) {
        guard let id = lastAccepted else { return }
        turn([.store(.stored(id, acceptance))])
    }

    /// The store answers whether it knows what it was asked for last.
    mutating func found(_ known: RequestID?) {
        let asked = storeTasks.reversed().lazy.compactMap {
            if case .find(let id, _) = $0 { id } else { nil }
        }.first
        guard let asked else { return }
        turn([.store(.found(asked, known))])
    }

    var lastAccepted: RequestID? {
        storeTasks.reversed().lazy.compactMap {
            if case .accept(let keepsake) = $0 { keepsake.request } else { nil }
        }.first
    }

    mutating func settled(_ id: RequestID, _ settlement: Settlement = .kept) {
        turn([.store(.settled(id, settlement))])
    }

    /// A detached request that is in the store.
    @discardableResult
    mutating func keep(
        _ function: String, from client: ClientID = Lab.client,
        _ change: (inout Submission) -> Void = { _ in }
    ) -> RequestNumber {
        let number = offer(function, from: client, change)
        stored()
        return number
    }

    /// A detached request of which the store has not said anything.
    @discardableResult
    mutating func offer(
        _ function: String, from client: ClientID = Lab.client,
        _ change: (inout Submission) -> Void = { _ in }
    ) -> RequestNumber {
        submit([function], from: client) { submission in
            submission.isDetached = true
            change(&submission)
        }[0]
    }

    mutating func fetch(
        _ request: RequestID, as number: UInt64, from client: ClientID = Lab.client,
        attempt: Int = 0, chunks: UInt64 = 0
    ) {
        turn([
            .fetched(
                client, RequestNumber(rawValue: number),
                Fetch(request: request, attempt: attempt, chunks: chunks))
        ])
    }

    mutating func recover(
        _ function: String, _ id: UInt64, attempt: Int = 0, isGivenBack: Bool = false,
        charged: Int = 0,
        hasSentChunk: Bool = false, user: UInt32 = 1000, for caller: String? = nil,
        _ change: (inout Ask) -> Void = { _ in }
    ) {
        var ask = Ask(number: RequestNumber(rawValue: id), body: freshBody(), bytes: 100)
        ask.isDetached = true
        change(&ask)
        turn([
            .store(
                .recovered(
                    Recovered(
                        request: RequestID(rawValue: id), user: user, caller: caller,
                        function: function, ask: ask,
                        attempt: attempt, hasBegun: attempt > 0 && !isGivenBack, charged: charged,
                        hasSentChunk: hasSentChunk)))
        ])
    }
}
