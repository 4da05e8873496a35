import SluiceModel

/// Cuts a stream of bytes into Varlink messages: JSON objects, each ended by a zero byte.
///
/// JSON text contains no zero byte, so cutting needs no understanding. The decoder holds at most
/// one unfinished message, of at most `Limits.controlMessage` bytes: a peer that never ends one
/// is refused before it has filled the daemon.
public struct VarlinkDecoder: Sendable {
    private let limit: Int
    private var buffer: [UInt8] = []
    /// Where the first message not yet handed out begins.
    private var start = 0
    /// How far the search for its end has come, so that no byte is looked at twice.
    private var searched = 0

    public init(limit: Int = Limits.controlMessage) { self.limit = limit }

    public mutating func receive(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message, without its zero; nil until more bytes arrive. To be called until
    /// it is nil before more are received: only then is what was handed out let go.
    public mutating func next() throws(VarlinkError) -> [UInt8]? {
        let end = buffer[searched...].firstIndex(of: 0)
        guard (end ?? buffer.count) - start <= limit else { throw .messageTooLong(limit: limit) }
        guard let end else {
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            return nil
        }
        defer {
            start = end + 1
            searched = start
        }
        return Array(buffer[start..<end])
    }
}
