import CSluice
import Glibc

// Bytes and descriptors over a stream socket. Each call is one system call, repeated only if a
// signal interrupted it, and allocates nothing unless descriptors come in.

/// What a read brought.
public enum Received: Hashable, Sendable {
    case bytes(Int)
    case wouldBlock
    /// The peer closed, or died.
    case closed
    /// The peer sent more descriptors than one message may carry, or we had no room for them. What
    /// did come is closed, and bytes are lost with it: the connection has to go.
    case descriptorsLost
    case failed(errno: CInt)
}

/// What became of a write.
public enum Sent: Hashable, Sendable {
    /// So many left, perhaps fewer than given. If any did, so did all the descriptors.
    case bytes(Int)
    case wouldBlock
    /// The peer closed, or died.
    case closed
    /// Among them ETOOMANYREFS: more of our descriptors are on their way than we may have open.
    case failed(errno: CInt)
}

extension Descriptor {
    /// Descriptors that one call may carry.
    public static let descriptorsPerMessage = Int(SLUICE_DESCRIPTORS)

    /// Reads what is there. Descriptors sent with it are closed unseen.
    public func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        precondition(!buffer.isEmpty, "a read of nothing looks like the end")
        while true {
            let count = recv(number, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return Self.received(count)
        }
    }

    /// Reads what is there and takes the descriptors that came with it. One call returns those of
    /// one message at most, and no byte that was sent after them by another.
    public func receive(
        into buffer: UnsafeMutableRawBufferPointer, descriptors: inout DescriptorQueue
    ) -> Received {
        precondition(!buffer.isEmpty, "a read of nothing looks like the end")
        return withUnsafeTemporaryAllocation(
            of: CInt.self, capacity: Self.descriptorsPerMessage
        ) { room in
            var arrived = 0
            let count = sluice_receive(
                number, buffer.baseAddress, buffer.count, room.baseAddress, &arrived)
            if arrived > 0 {
                descriptors.adopt(UnsafeBufferPointer(rebasing: room[..<arrived]))
            }
            return Self.received(count)
        }
    }

    /// Waits until a read would not, but no longer than this; nil: for ever.
    public func isReadable(within time: Duration?) throws(SystemError) -> Bool {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        // Rounded up: who waits for so long shall not ask again before.
        let milliseconds = time.map { Self.milliseconds(in: $0) }
        while true {
            // A signal begins the wait anew, which only makes it longer.
            let count = poll(&entry, 1, milliseconds ?? -1)
            guard count < 0 else { return count > 0 }
            guard errno == EINTR else { throw SystemError("poll") }
        }
    }

    private static func milliseconds(in time: Duration) -> CInt {
        let parts = time.components
        let fraction = (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return CInt(clamping: min(parts.seconds, Int64(CInt.max)) * 1000 + fraction)
    }

    /// Sends from one buffer.
    public func send(_ bytes: UnsafeRawBufferPointer) -> Sent {
        while true {
            let count = Glibc.send(
                number, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            return Self.sent(count)
        }
    }

    /// Sends from several buffers, in order, with descriptors, which stay the caller's, travelling
    /// with the first byte. At most `IOV_MAX` (1024) parts and `descriptorsPerMessage`.
    public func send(
        _ parts: UnsafeBufferPointer<iovec>, descriptors: [CInt] = []
    ) -> Sent {
        Self.sent(
            sluice_send(number, parts.baseAddress, parts.count, descriptors, descriptors.count))
    }

    private static func received(_ count: Int) -> Received {
        guard count <= 0 else { return .bytes(count) }
        guard count < 0 else { return .closed }
        switch errno {
        case EAGAIN: return .wouldBlock
        // It died with bytes of ours unread.
        case ECONNRESET: return .closed
        case EBADMSG: return .descriptorsLost
        default: return .failed(errno: errno)
        }
    }

    private static func sent(_ count: Int) -> Sent {
        guard count < 0 else { return .bytes(count) }
        switch errno {
        case EAGAIN: return .wouldBlock
        case EPIPE, ECONNRESET: return .closed
        default: return .failed(errno: errno)
        }
    }
}
