import DequeModule
import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire

/// One connected socket of the data protocol: bytes in, bytes out, and the descriptors that
/// travel with them. It knows frames, and nothing of what they mean.
final class Link {
    /// How it stands with the peer.
    ///
    ///     opening ─HELLO→ open;  opening, open ─farewell→ closing ─flushed→ (closed)
    enum Phase { case opening, open, closing }

    let credentials: PeerCredentials
    /// Nil once the connection is over: whoever still knows the link finds it closed.
    private var socket: Socket?
    private var decoder = FrameDecoder()
    private var incoming = DescriptorQueue()
    private var output = OutputBuffer()
    /// Files to be passed, with the offset of the frame each belongs to.
    private var outgoing = Deque<(offset: UInt64, file: SharedFile)>()
    /// Where large frames that are not sent yet begin and end.
    private var largeFrames = Deque<Range<UInt64>>()
    /// Nil once it is over: most connections are open for long, and there may be many.
    private var opening: Opening?
    var phase = Phase.opening
    /// What the loop watches it for at present.
    var interest = Loop.Interest.read
    /// Whether it is in the list of links to be flushed at the end of the turn.
    var isDirty = false

    init(_ socket: consuming Descriptor, offering welcome: Welcome) throws(SystemError) {
        credentials = try PeerCredentials(ofUserAt: socket)
        opening = Opening(DaemonOpening(offering: welcome))
        number = socket.number
        self.socket = Socket(socket)
    }

    /// The socket's descriptor, for the loop.
    let number: CInt

    /// Ends the connection at once. The loop forgets a socket that is closed.
    func close() {
        phase = .closing
        socket = nil
        incoming.closeAll()
        announced = 0
        outgoing.removeAll()
        decoder = FrameDecoder()
    }

    var waitingBytes: Int { output.count }
    /// Memory that frames take which are not finished yet. What one read brings is not counted.
    var unfinishedBytes: Int { max(0, decoder.capacity - Self.oneRead) }
    private static let oneRead = 64 << 10
    /// Files that wait to be passed.
    var waitingFiles: Int { outgoing.count }

    /// Bytes of answers since the peer last had taken all there was.
    private(set) var answeredBytes = 0

    /// Bytes that wait behind the frame being written, as max_outgoing_bytes counts them. Small
    /// frames are not told apart: they make no difference.
    var backlog: Int {
        guard let first = largeFrames.first, first.lowerBound <= output.startOffset else {
            return output.count
        }
        return Int(output.endOffset - first.upperBound)
    }
    private static let largeFrame = 64 << 10
    /// Bytes sent so far, and bytes ever encoded.
    var sentOffset: UInt64 { output.startOffset }
    var endOffset: UInt64 { output.endOffset }

    /// A pidfd of the process at the other end; nil where it is gone already.
    func openProcess() throws(SystemError) -> Descriptor? {
        guard let socket else { return nil }
        return try credentials.openProcess(of: socket.descriptor)
    }

    // MARK: In

    /// Reads what is there, once: a peer that has more is served again in the next turn.
    ///
    /// - Parameter spare: where to, unless the rest of a frame is awaited. It is to be given back
    ///   when the whole frames were taken.
    func receive(lending spare: inout ByteQueue) -> Received {
        guard let socket else { return .closed }
        var received = Received.wouldBlock
        decoder.receive(atLeast: 16 << 10, lending: &spare) { room in
            received = socket.descriptor.receive(into: room, descriptors: &incoming)
            guard case .bytes(let count) = received else { return 0 }
            return count
        }
        decoder.receive(descriptors: incoming.count - announced)
        announced = incoming.count
        return received
    }

    func giveBack(to spare: inout ByteQueue) { decoder.giveBack(to: &spare) }

    /// Whether something was read that is not taken yet, be it a part of a frame.
    var hasInput: Bool { !decoder.isAtFrameBoundary }

    /// Keeps no more room than that takes.
    func tightenInput() { decoder.tighten() }

    /// Descriptors the decoder was told of that are still in the queue.
    private var announced = 0

    /// The next whole frame; valid until the next call.
    func nextFrame() throws(WireError) -> Frame? { try decoder.next() }

    /// The sealed file that came with a frame, as large as the frame says.
    func takeFile(of frame: Frame, size: UInt64) throws(WireError) -> SharedFile {
        announced -= 1
        guard let descriptor = incoming.takeFirst() else {
            throw .malformed(frame.kind, field: "descriptors", .missing)
        }
        do {
            let file = SharedFile(try MemoryFile(received: descriptor))
            guard UInt64(file.size) == size else {
                throw WireError.malformed(frame.kind, field: "payload", .outOfRange)
            }
            return file
        } catch let error as WireError {
            throw error
        } catch {
            throw .malformed(frame.kind, field: "descriptors", .outOfRange)
        }
    }

    /// What the opening makes of a frame; see `DaemonOpening`.
    func open(with frame: Frame) -> DaemonOpening.Action {
        guard let opening else { return .pass }
        let action = opening.machine.receive(frame)
        if case .welcome(_, let welcome) = action {
            phase = .open
            self.opening = nil
            decoder.bodyLimit = welcome.longestBody
            send { out in welcome.encode(into: &out) }
        }
        return action
    }

    // MARK: Out

    /// Makes sure that there is room to write to, at best in storage that was used before.
    @inline(__always)
    func prepareOutput(_ pool: inout BufferPool) { output.borrow(from: &pool) }

    /// Keeps no storage where nothing waits.
    func tidyOutput(_ pool: inout BufferPool) { output.giveBack(to: &pool) }

    /// Appends what is to be sent; it leaves at the end of the turn.
    @inline(__always)
    func send(_ encode: (inout OutputBuffer) -> Void) {
        guard phase != .closing else { return }
        let start = output.endOffset
        encode(&output)
        let end = output.endOffset
        if end - start >= Self.largeFrame { largeFrames.append(start..<end) }
    }

    /// The same for what the peer brings about by what it sends, which is counted.
    @inline(__always)
    func answer(_ encode: (inout OutputBuffer) -> Void) {
        let start = output.endOffset
        send(encode)
        answeredBytes += Int(output.endOffset - start)
    }

    /// The frame that is appended next carries a file.
    func pass(_ file: SharedFile) {
        guard phase != .closing else { return }
        outgoing.append((output.endOffset, file))
    }

    /// Says the last word; what comes after it is neither sent nor read.
    func sayFarewell(_ farewell: Farewell) {
        send { out in farewell.encode(into: &out) }
        phase = .closing
        decoder = FrameDecoder()
        incoming.closeAll()
        announced = 0
    }

    /// Sends what the socket takes. False: the peer is gone.
    func flush() -> Bool {
        while !output.isEmpty {
            switch sendSome() {
            case .bytes(let count): removeSent(count)
            case .wouldBlock: return true
            case .closed, .failed: return false
            }
        }
        return true
    }

    private func removeSent(_ count: Int) {
        output.removeFirst(count)
        if output.isEmpty { answeredBytes = 0 }
        while let first = largeFrames.first, first.upperBound <= output.startOffset {
            largeFrames.removeFirst()
        }
    }

    /// One system call: up to the next frame that carries a file, or that frame with its file.
    private func sendSome() -> Sent {
        guard let socket else { return .closed }
        let bytes = output.readable
        guard let next = outgoing.first else { return socket.descriptor.send(bytes) }
        guard next.offset == output.startOffset else {
            let count = Int(next.offset - output.startOffset)
            return socket.descriptor.send(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
        // To the next file at most: one call carries the files of one frame.
        let end = outgoing.count > 1 ? Int(outgoing[1].offset - next.offset) : bytes.count
        let part = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: end)
        let sent = withUnsafePointer(to: part) { part in
            socket.descriptor.send(
                UnsafeBufferPointer(start: part, count: 1), descriptors: [next.file.number])
        }
        if case .bytes = sent { outgoing.removeFirst() }
        return sent
    }
}

/// The first frames of a connection, in a place of their own that can be given up.
private final class Opening {
    var machine: DaemonOpening
    init(_ machine: DaemonOpening) { self.machine = machine }
}

/// A descriptor that is closed when its link lets go of it.
private final class Socket {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
