import HTTPTypes
import Hummingbird
import NIOCore
import SluiceGateway

/// What somebody may have of the bytes on their way to readers.
struct AnswerRoom: Sendable {
    let budget: Budget
    let holder: Holder

    /// - Returns: nil: so few are not counted.
    /// - Throws: `Refusal`, where there is no room.
    func claim(_ bytes: Int) throws(Refusal) -> Claim? {
        guard bytes > GatewayLimits.slice else { return nil }
        return try budget.claim(bytes, for: holder)
    }
}

extension Gateway {
    /// What somebody may have of it.
    func room(for holder: Holder) -> AnswerRoom { AnswerRoom(budget: answers, holder: holder) }

    /// An answer whose bytes are all there.
    ///
    /// - Throws: `Refusal`, where there is no room to keep them until they are read.
    func answer(
        _ pieces: [ArraySlice<UInt8>], _ headers: HTTPFields, for holder: Holder
    ) throws(Refusal) -> Response {
        let claim = try room(for: holder).claim(pieces.reduce(0) { $0 + $1.count })
        return Response(status: .ok, headers: headers, body: ResponseBody(pieces, within: claim))
    }

    /// Likewise in JSON.
    func answer(json: [UInt8], for holder: Holder) throws(Refusal) -> Response {
        try answer([json[...]], [.contentType: "application/json"], for: holder)
    }
}

extension ResponseBody {
    /// Bytes that others may have, too: they are copied a slice at a time, as they are written.
    ///
    /// - Parameter claim: for them, given back when they are written; nil: they are few.
    fileprivate init(_ pieces: [ArraySlice<UInt8>], within claim: Claim?) {
        let count = pieces.reduce(0) { $0 + $1.count }
        guard let claim else {
            var bytes = ByteBuffer()
            bytes.reserveCapacity(count)
            for piece in pieces { bytes.writeBytes(piece) }
            self.init(byteBuffer: bytes)
            return
        }
        self.init(contentLength: count) { writer in
            defer { claim.giveBack() }
            for piece in pieces { try await writer.write(slicesOf: piece) }
            try await writer.finish(nil)
        }
    }
}

extension ResponseBodyWriter {
    /// Writes as fast as it is read; of what a slow reader has not taken no more than a slice is in
    /// its connection, and keeps none of the rest from going.
    mutating func write(
        slicesOf bytes: some RandomAccessCollection<UInt8> & Sendable
    ) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await write(ByteBuffer(bytes: rest.prefix(GatewayLimits.slice)))
            rest = rest.dropFirst(GatewayLimits.slice)
        }
    }
}
