import Hummingbird
import HummingbirdCore
import NIOCore

extension Request {
    /// Does something for a client that is cancelled when the client leaves, which can only be seen
    /// by reading on behind its request: its connection cannot be used again,
    /// and the entrance says so.
    ///
    /// To be called where the body has been read. What was read to its end cannot be read on from,
    /// and Hummingbird's reader of what comes behind it would end the process: so the body is put
    /// in the place of itself, empty.
    func whileClientIsThere<Value: Sendable>(
        _ connection: ConnectionUse, _ body: () async throws -> Value
    ) async throws -> Value {
        connection.spend()
        var request = self
        request.body = RequestBody(buffer: ByteBuffer())
        return try await request.body.consumeWithCancellationOnInboundClose { _ in
            try await body()
        }
    }
}
