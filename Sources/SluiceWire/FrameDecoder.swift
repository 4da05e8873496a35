import SluiceModel

/// Cuts a stream of bytes into frames, where they lie.
///
/// Push style: give it what arrived, then take frames until there are none.
///
///     let received = try decoder.receive { (room) throws(SystemError) in
///         try socket.read(into: room)
///     }
///     while let frame = try decoder.next() { … }
///
/// After an error the stream has no meaning any more, and the connection is to be closed.
public struct FrameDecoder: ~Copyable {
    /// Bytes that a body may have. Small until the opening is over, so that a stranger cannot
    /// make us keep much; looked at before a frame's body is waited for.
    public var bodyLimit: Int
    private var input: ByteQueue
    /// Whether the input is what somebody lent.
    private var isLent = false
    /// Descriptors that arrived, less those of the frames given out.
    private var unclaimed = 0

    public init(bodyLimit: Int = Limits.openingBody) {
        self.bodyLimit = bodyLimit
        input = ByteQueue(keeping: 0)
    }

    /// Lets `read` put bytes into free space of at least so many, and say how many it put.
    @discardableResult
    public mutating func receive<E: Error>(
        atLeast size: Int = 4096, _ read: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        try input.fill(atLeast: size, read)
    }

    /// The same into a queue that is lent, if nothing is left of what came before: so peers that
    /// send whole frames need no memory of their own. It is to be given back when all whole frames
    /// were taken.
    @discardableResult
    public mutating func receive<E: Error>(
        atLeast size: Int = 4096, lending spare: inout ByteQueue,
        _ read: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        if input.isEmpty, !isLent {
            swap(&input, &spare)
            isLent = true
        }
        return try input.fill(atLeast: isLent ? max(size, Self.lentRead) : size, read)
    }

    /// As much as a socket holds, so that one call takes all there is.
    private static let lentRead = 256 << 10

    /// Gives back what was lent. A part of a frame that is in it is kept.
    public mutating func giveBack(to spare: inout ByteQueue) {
        guard isLent else { return }
        isLent = false
        var own = ByteQueue(keeping: 0)
        own.append(input.readable)
        input.removeFirst(input.count)
        input.trim()
        swap(&input, &spare)
        swap(&input, &own)
    }

    /// Keeps no more room than what is left takes. To be called where whole frames are left for
    /// later: the room that they came in may have been made for something larger.
    public mutating func tighten() {
        guard !isLent, input.capacity > 2 * input.count else { return }
        var own = ByteQueue(keeping: 0)
        own.append(input.readable)
        swap(&input, &own)
    }

    /// Tells how many descriptors came with the bytes just received. To be called before `next`.
    public mutating func receive(descriptors: Int) { unclaimed += descriptors }

    /// The next whole frame; nil until more arrives. The frame is valid until the next call.
    ///
    /// Descriptors come with the first byte of their frame. So those of a frame are here when
    /// its header is, and while a frame is incomplete nobody else's can be.
    public mutating func next() throws(WireError) -> Frame? {
        let bytes = input.readable
        guard bytes.count >= Header.size else {
            guard unclaimed <= (bytes.isEmpty ? 0 : Limits.descriptorsPerFrame) else {
                throw .strayDescriptors(unclaimed)
            }
            input.trim()
            return nil
        }
        let header = try Header(bytes)
        guard header.bodySize <= bodyLimit else {
            throw .bodyTooLarge(header.kind, size: header.bodySize, limit: bodyLimit)
        }
        guard header.descriptors <= unclaimed else {
            throw .malformed(header.kind, field: "descriptors", .missing)
        }
        guard bytes.count >= header.frameSize else {
            guard unclaimed == header.descriptors else { throw .strayDescriptors(unclaimed) }
            return nil
        }
        unclaimed -= header.descriptors
        input.removeFirst(header.frameSize)
        let body = UnsafeRawBufferPointer(rebasing: bytes[Header.size..<header.frameSize])
        return Frame(header: header, body: body)
    }

    /// Whether the stream may end here: not inside a frame.
    public var isAtFrameBoundary: Bool { input.isEmpty }

    /// Bytes that the decoder keeps for its input.
    public var capacity: Int { input.capacity }
}
