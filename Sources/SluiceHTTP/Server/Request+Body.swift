import Hummingbird
import NIOCore
import SluiceGateway

extension Request {
    /// The whole body.
    ///
    /// What comes after a refusal is read by nobody: `UnreadRest` sees to the connection then.
    ///
    /// - Parameters:
    ///   - limit: bytes that it may have.
    ///   - claim: grows by each piece before that is kept; nil: for so little nobody counts.
    /// - Throws: `Refusal`; also where the body is not as long as was said.
    func collect(upTo limit: Int, within claim: Claim? = nil) async throws -> [UInt8] {
        let length = headers[.contentLength].flatMap { Int($0) }
        guard (length ?? 0) <= limit else { throw Refusal.bodyTooLarge(limit) }
        var bytes: [UInt8] = []
        var pieces = body.makeAsyncIterator()
        while let piece = try await pieces.piece(of: "body") {
            let count = piece.readableBytes
            guard bytes.count + count <= limit else { throw Refusal.bodyTooLarge(limit) }
            try claim?.grow(by: count)
            bytes.append(contentsOf: piece.readableBytesView)
        }
        // A body ends, too, where its client or its task does.
        try Task.checkCancellation()
        guard bytes.count >= length ?? 0 else { throw Refusal.brokeOff("body") }
        return bytes
    }
}

extension RequestBody.AsyncIterator {
    /// The next piece; a client that went is one whose body ends too soon.
    ///
    /// - Parameter what: as whoever sent it calls it.
    mutating func piece(of what: String) async throws(Refusal) -> ByteBuffer? {
        do { return try await next() } catch { throw .brokeOff(what) }
    }
}

extension Refusal {
    fileprivate static func brokeOff(_ what: String) -> Refusal {
        Refusal(400, "malformed", "the \(what) broke off")
    }

    fileprivate static func bodyTooLarge(_ limit: Int) -> Refusal {
        Refusal(413, "too_large", "a body has \(limit) bytes at most here")
    }
}
