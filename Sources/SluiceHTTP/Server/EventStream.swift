import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import SluiceGateway

/// Server-sent events to one reader, as they happen.
struct EventStream {
    var writer: any ResponseBodyWriter
    /// For what is large; nil where nothing is, or it is counted elsewhere.
    let room: AnswerRoom?

    /// One event: `data` is a line, as JSON is.
    mutating func send(_ data: [UInt8], event: String? = nil, id: String? = nil) async throws {
        let text = ByteBuffer(bytes: SSE.event(event, id: id, data: data))
        try await send(events: text)
    }

    /// Bytes that are events already, several perhaps.
    ///
    /// - Throws: also where there is no room for them until they are read; then the stream ends.
    mutating func send(events: ByteBuffer) async throws {
        guard events.readableBytes > GatewayLimits.slice else {
            return try await writer.write(events)
        }
        let claim = try room?.claim(events.readableBytes)
        defer { claim?.giveBack() }
        try await writer.write(slicesOf: events.readableBytesView)
    }

    /// A sign of life that browsers do not see. Not for Gradio's clients, which take every line for
    /// data.
    mutating func sendComment() async throws { try await writer.write(ByteBuffer(string: ":\n\n")) }
}

extension Response {
    static let eventHeaders: HTTPFields = [
        .contentType: "text/event-stream",
        .cacheControl: "no-cache",
        // nginx would keep events until a buffer is full.
        .accelBuffering: "no",
    ]

    /// An answer of events, which lasts until `tell` returns. When the reader goes, its task is
    /// cancelled; how slowly it reads is how slowly `send` returns.
    ///
    /// - Parameter room: for events that are large.
    static func events(
        to request: Request, within room: AnswerRoom? = nil,
        _ tell: @escaping @Sendable (inout EventStream) async throws -> Void
    ) -> Response {
        var headers = eventHeaders
        // That is how its end is known to be: who watches for the reader's leaving cannot read on.
        headers[.connection] = "close"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var stream = EventStream(writer: writer, room: room)
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await tell(&stream)
                }
                try await stream.writer.finish(nil)
            })
    }
}

extension HTTPField.Name {
    static let accelBuffering = named("X-Accel-Buffering")

    /// Of a constant that is a name.
    static func named(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no name") }
        return name
    }
}
