import HTTPTypes
import Hummingbird
import NIOCore
import SluiceGateway

/// Writes a large piece, and waits until the connection's loop has it: only then is it known
/// whether there is room for another. On a busy machine all of an answer would else wait for the
/// loop, be its reader ever so slow.
struct PacedWriter: ResponseBodyWriter {
    private var base: any ResponseBodyWriter
    private let loop: any EventLoop

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await base.write(buffer)
        guard buffer.readableBytes >= GatewayLimits.slice else { return }
        try await loop.submit {}.get()
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await base.finish(trailingHeaders)
    }

    /// A body that is written so, where it may be large.
    static func paced(_ body: ResponseBody, on loop: any EventLoop) -> ResponseBody {
        let length = body.contentLength
        guard length ?? .max > GatewayLimits.slice else { return body }
        return ResponseBody(contentLength: length) { writer in
            try await body.write(PacedWriter(base: writer, loop: loop))
        }
    }
}
