import SluiceSystem
import SluiceWire

/// A connection to the control socket: one call at a time, each waiting for its answer.
///
///     let control = try ControlConnection()
///     let status = try control.call(Control.Status())
public final class ControlConnection {
    private let stream: ByteStream
    private let patience: Patience
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var decoder = VarlinkDecoder()
    /// The control protocol passes none; what comes anyway is closed with the connection.
    private var descriptors = DescriptorQueue()
    private var isAwaitingMore = false

    /// Connects to the daemon of the runtime directory; see `DaemonSocket`.
    ///
    /// - Parameter patience: with every answer, but those of `replies` after the first.
    public init(
        runtimeDirectory: String? = nil, patience: Patience = .endless
    ) throws(ClientError) {
        self.patience = patience
        stream = try ByteStream(
            connectingTo: DaemonSocket.control.path(in: runtimeDirectory), patience)
    }

    /// Asks, and waits for the one answer.
    ///
    /// - Parameter patience: with an answer that takes longer than others; nil: as with those.
    public func call<Method: VarlinkMethod>(
        _ method: Method, patience: Patience? = nil
    ) throws(ClientError) -> Method.Reply {
        precondition(!isAwaitingMore, "a call while another still gets answers")
        try send(method.message())
        return try nextReply(to: Method.self, patience ?? self.patience).parameters
    }

    /// Asks for answers without an end; take them from the stream that is returned. The connection
    /// is the stream's from now on.
    public func replies<Method: VarlinkMethod>(
        to method: Method
    ) throws(ClientError) -> ReplyStream<Method> {
        precondition(!isAwaitingMore, "a call while another still gets answers")
        try send(method.message(more: true))
        isAwaitingMore = true
        return ReplyStream(connection: self, patience)
    }

    fileprivate func nextReply<Method: VarlinkMethod>(
        to method: Method.Type, _ patience: Patience
    ) throws(ClientError) -> (parameters: Method.Reply, continues: Bool) {
        let message = try nextMessage(patience)
        do {
            let reply = try VarlinkReply(message: message)
            guard reply.error == nil else { throw ClientError(refusing: reply) }
            return (try reply.parameters(as: Method.Reply.self), reply.continues)
        } catch let error as VarlinkError {
            throw .protocolViolation(error.description)
        } catch let error as ClientError {
            throw error
        } catch {
            throw .protocolViolation("\(error)")
        }
    }

    private func nextMessage(_ patience: Patience) throws(ClientError) -> [UInt8] {
        while true {
            do {
                if let message = try decoder.next() { return message }
            } catch {
                throw .protocolViolation(error.description)
            }
            decoder.receive(buffer[..<(try receive(patience))])
        }
    }

    private func send(_ message: [UInt8]) throws(ClientError) {
        try message.span.bytes.withUnsafeBytes { bytes throws(ClientError) in
            try stream.send(bytes)
        }
    }

    private func receive(_ patience: Patience) throws(ClientError) -> Int {
        try buffer.withUnsafeMutableBufferPointer { bytes throws(ClientError) in
            try stream.receive(
                into: UnsafeMutableRawBufferPointer(bytes), descriptors: &descriptors, patience)
        }
    }
}

/// The answers to a call with `more`, as they come.
public struct ReplyStream<Method: VarlinkMethod> {
    private let connection: ControlConnection
    /// With the first answer; later ones come when there is something to tell.
    private var patience: Patience
    private var isOver = false

    fileprivate init(connection: ControlConnection, _ patience: Patience) {
        self.connection = connection
        self.patience = patience
    }

    /// The next answer, after waiting for it; nil after the last.
    ///
    /// - Parameter limit: of the wait, which then ends as `ClientError.silent`; nothing is lost,
    ///   and it may be asked again.
    public mutating func next(within limit: Duration? = nil) throws(ClientError) -> Method.Reply? {
        guard !isOver else { return nil }
        let patience = limit.map { Patience(limit: $0) } ?? self.patience
        let reply = try connection.nextReply(to: Method.self, patience)
        self.patience = .endless
        isOver = !reply.continues
        return reply.parameters
    }
}

extension ClientError {
    /// What an error reply means.
    fileprivate init(refusing reply: VarlinkReply) {
        if let error = ControlError(reply) {
            self = .refused(error)
        } else if let error = VarlinkServiceError(reply) {
            self = .unsupported(error)
        } else {
            self = .protocolViolation("unknown error \(reply.error ?? "")")
        }
    }
}
