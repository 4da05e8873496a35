import SluiceEngine
import SluiceModel

// What comes back after a restart.
extension Lab {
    /// A request that an engine before this one had let in under that number.
    @discardableResult
    mutating func claim(
        _ function: String, _ id: UInt64, from client: ClientID = Lab.client, attempt: Int = 0,
        chunks: UInt64 = 0, _ change: (inout Submission) -> Void = { _ in }
    ) -> RequestNumber {
        var submission = submission(function)
        change(&submission)
        let claim = Claim(request: RequestID(rawValue: id), attempt: attempt, chunks: chunks)
        turn([.reclaimed(client, submission, claim)])
        return submission.number
    }

    /// A batch that a worker has from before; nil stands for what was acknowledged.
    mutating func hold(
        worker: UInt64, _ function: String, _ requests: [UInt64?], attempt: Int = 1,
        as grant: UInt64 = 77
    ) {
        let id = WorkerID(rawValue: worker)
        let items = requests.map { request in
            HeldBatch.Item(request: request.map { RequestID(rawValue: $0) }, attempt: attempt)
        }
        for (item, request) in requests.enumerated() {
            guard let request else { continue }
            note(RequestID(rawValue: request), at: (GrantID(rawValue: grant), item, id))
        }
        turn([
            .holding(id, GrantID(rawValue: grant), HeldBatch(function: function, items: items))
        ])
    }

    /// Where a request is that a worker has from before.
    func held(_ id: UInt64) -> (worker: WorkerID, grant: GrantID, item: Int) {
        locate(RequestID(rawValue: id))
            ?? (WorkerID(rawValue: 0), GrantID(rawValue: 0), 0)
    }

    /// The worker says something about one of those.
    mutating func say(_ id: UInt64, _ kind: ReportKind) {
        let at = held(id)
        turn([.reported(at.worker, at.grant, item: at.item, kind, freshBody())])
    }

    /// What was told when the gathering was over: requests, grants, and what nobody claimed.
    var gathered: [[Int]] {
        notices.compactMap {
            guard case .reclaimed(let requests, let grants, let unclaimed) = $0 else { return nil }
            return [requests, grants, unclaimed]
        }
    }

    var acknowledgements: [Effect] {
        effects.filter { if case .acknowledge = $0 { true } else { false } }
    }

    /// The attempts that workers were given the request as.
    func attempts(of number: RequestNumber) -> [Int] {
        let id = id(of: number)
        return effects.compactMap {
            if case .item(_, _, _, id, let attempt, _) = $0 { attempt } else { nil }
        }
    }

    /// What the client was told about a request, in order.
    func story(of number: RequestNumber) -> [String] {
        effects.compactMap { effect in
            switch effect {
            case .admitted(_, number, _, _): "admitted"
            case .started(_, number, let attempt): "started \(attempt)"
            case .report(_, number, .chunk(let sequence), _, _): "chunk \(sequence)"
            case .outcome(_, number, let conclusion): conclusion.code.rawValue
            default: nil
            }
        }
    }
}
