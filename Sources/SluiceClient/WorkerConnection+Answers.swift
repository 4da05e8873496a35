import SluiceModel
import SluiceWire

// What a worker says of a grant. It leaves with `flush`, or with the next call that waits.

extension WorkerConnection {
    /// Says that it began with one item, or with all.
    public func start(_ grant: GrantID, item: Int? = nil) throws(ClientError) {
        try say(.started(grant, item: item))
    }

    public func report(
        _ grant: GrantID, _ item: Int, _ progress: Progress
    ) throws(ClientError) {
        try say(.progress(grant, item: item, progress))
    }

    public func report(_ grant: GrantID, _ item: Int, _ line: LogLine) throws(ClientError) {
        try say(.log(grant, item: item, line))
    }

    /// Sends a partial result; count `sequence` from 0 in each attempt.
    public func report(
        _ grant: GrantID, _ item: Int, sequence: UInt64, _ content: Content
    ) throws(ClientError) {
        try link.send(content) { payload, out in
            let chunk = Chunk(sequence: sequence, payload: payload)
            WorkerMessage.chunk(grant, item: item, chunk).encode(into: &out)
        }
    }

    /// Answers an item.
    public func answer(
        _ grant: GrantID, _ item: Int, _ result: Content
    ) throws(ClientError) {
        try link.send(result) { payload, out in
            WorkerMessage.result(grant, item: item, payload).encode(into: &out)
        }
    }

    /// Answers an item that raised, or that was stopped because it was revoked.
    public func fail(
        _ grant: GrantID, _ item: Int, _ reason: Failure.Reason = .raised, message: String,
        _ details: Content = Content([])
    ) throws(ClientError) {
        try link.send(details) { payload, out in
            let failure = Failure(reason, message: message, payload: payload)
            WorkerMessage.failed(grant, item: item, failure).encode(into: &out)
        }
    }

    /// Gives all items not answered yet back: they did not fit together.
    public func ranOutOfMemory(_ grant: GrantID, message: String) throws(ClientError) {
        try say(.outOfMemory(grant, message: message))
    }

    /// Sends what was said.
    public func flush() throws(ClientError) { try link.flush() }
}
