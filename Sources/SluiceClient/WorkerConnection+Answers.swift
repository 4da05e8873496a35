import SluiceModel
import SluiceWire

// What a worker says of a grant. It leaves with `flush`, or with the next call that waits. What the
// daemon may have to be told again is noted before.

extension WorkerConnection {
    /// Says that it began with one item, or with all.
    public func start(_ grant: GrantID, item: Int? = nil) throws(ClientError) {
        held.start(grant, item: item)
        try say(.started(grant, item: item))
    }

    public func report(
        _ grant: GrantID, _ item: Int, _ progress: Progress
    ) throws(ClientError) {
        held.start(grant, item: item)
        try say(.progress(grant, item: item, progress))
    }

    public func report(_ grant: GrantID, _ item: Int, _ line: LogLine) throws(ClientError) {
        held.start(grant, item: item)
        try say(.log(grant, item: item, line))
    }

    /// Sends a partial result; count `sequence` from 0 in each attempt.
    public func report(
        _ grant: GrantID, _ item: Int, sequence: UInt64, _ content: Content
    ) throws(ClientError) {
        held.start(grant, item: item)
        held.add(content, as: sequence, to: grant, item)
        try link.send(content, as: sequence, of: grant, item)
        try settle()
    }

    /// Answers an item.
    public func answer(
        _ grant: GrantID, _ item: Int, _ result: Content
    ) throws(ClientError) {
        try give(.result(result), grant, item)
    }

    /// Answers an item that raised, or that was stopped because it was revoked.
    public func fail(
        _ grant: GrantID, _ item: Int, _ reason: Failure.Reason = .raised, message: String,
        _ details: Content = Content([])
    ) throws(ClientError) {
        try give(.failed(reason, message: message, details), grant, item)
    }

    /// Gives all items not answered yet back: they did not fit together.
    public func ranOutOfMemory(_ grant: GrantID, message: String) throws(ClientError) {
        try give(.outOfMemory(message: message), grant, nil)
    }

    private func give(
        _ answer: HeldGrants.Answer, _ grant: GrantID, _ item: Int?
    ) throws(ClientError) {
        held.answer(grant, item: item, answer)
        try link.send(answer, grant, item: item ?? 0)
        try settle()
    }
}

extension FrameLink {
    /// Says again what is in hand: HOLDING, what has begun, and of each item all that was said.
    func send(again grant: HeldGrants.Held) throws(ClientError) {
        let id = grant.id
        var holding = grant.holding
        if !offersDevices { holding.devices = [] }
        try send { out in WorkerMessage.holding(id, holding).encode(into: &out) }
        for (index, item) in grant.items.enumerated() where item.isStarted && !item.isAcknowledged {
            try send { out in WorkerMessage.started(id, item: index).encode(into: &out) }
        }
        var last: HeldGrants.Answer?
        for (index, item) in grant.items.enumerated() {
            for chunk in item.chunks {
                try send(chunk.content, as: chunk.sequence, of: id, index)
            }
            guard let answer = item.answer else { continue }
            guard case .outOfMemory = answer else {
                try send(answer, id, item: index)
                continue
            }
            last = answer
        }
        // It answers all the others at once.
        if let last { try send(last, id, item: 0) }
    }

    fileprivate func send(
        _ content: Content, as sequence: UInt64, of grant: GrantID, _ item: Int
    ) throws(ClientError) {
        try send(content) { payload, out in
            let chunk = Chunk(sequence: sequence, payload: payload)
            WorkerMessage.chunk(grant, item: item, chunk).encode(into: &out)
        }
    }

    fileprivate func send(
        _ answer: HeldGrants.Answer, _ grant: GrantID, item: Int
    ) throws(ClientError) {
        switch answer {
        case .result(let result):
            try send(result) { payload, out in
                WorkerMessage.result(grant, item: item, payload).encode(into: &out)
            }
        case .failed(let reason, let message, let details):
            try send(details) { payload, out in
                let failure = Failure(reason, message: message, payload: payload)
                WorkerMessage.failed(grant, item: item, failure).encode(into: &out)
            }
        case .outOfMemory(let message):
            try send { out in
                WorkerMessage.outOfMemory(grant, message: message).encode(into: &out)
            }
        }
    }
}
