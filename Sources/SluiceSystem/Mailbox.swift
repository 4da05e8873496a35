import CSluice
import Glibc
import SluiceModel
import Synchronization

/// What other threads have to say to a loop's: the one lock there is.
///
/// Posting never waits for the reader. The mailbox has no bound of its own; what is posted answers
/// what the loop asked for, and that is bounded where it is asked.
///
/// The standard library's lock is preferred, because the compiler knows what it guards.
/// ThreadSanitizer does not see all of it, and reports `post` and `drain` where it was not told of
/// the rest, as `make tsan` does.
public final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let wake: Descriptor

    public init() throws(SystemError) {
        wake = try Descriptor(of: "eventfd", returned: sluice_eventfd())
    }

    /// Readable while something may be inside; to be watched for reading.
    public var number: CInt { wake.number }

    public func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        // Whoever found it empty wakes the loop; the rest ride along.
        if wasEmpty { ring() }
    }

    /// The same in place of messages inside that it makes needless, so that a reader that hangs
    /// does not let them pile up.
    public func post(_ message: Message, replacing isReplaced: (Message) -> Bool) {
        messages.withLock { messages in
            messages.removeAll(where: isReplaced)
            messages.append(message)
        }
        ring()
    }

    /// Waits until something is inside or the moment comes, within a millisecond: for a thread that
    /// has nothing else to wait for. May return early for no reason.
    public func wait(until deadline: Instant? = nil) {
        var bell = pollfd(fd: wake.number, events: Int16(POLLIN), revents: 0)
        var timeout: CInt = -1
        if let deadline {
            let left = max(0, deadline.nanoseconds(since: Loop.now()))
            timeout = CInt(clamping: left / 1_000_000 + (left % 1_000_000 > 0 ? 1 : 0))
        }
        while poll(&bell, 1, timeout) < 0, errno == EINTR, deadline == nil {}
    }

    /// Moves all that was posted, in order, to the end of `taken`.
    ///
    /// The bell is silenced before the box is emptied: what is posted between the two rings again,
    /// and at worst the loop wakes once for nothing.
    public func drain(into taken: inout [Message]) {
        silence()
        messages.withLock { messages in
            taken.append(contentsOf: messages)
            messages.removeAll(keepingCapacity: true)
        }
    }

    private func ring() {
        var one: UInt64 = 1
        // Cannot fail short of 2^64 - 2 unread rings.
        _ = write(wake.number, &one, MemoryLayout.size(ofValue: one))
    }

    private func silence() {
        var rings: UInt64 = 0
        // Fails with EAGAIN where nobody rang, which is as good.
        _ = read(wake.number, &rings, MemoryLayout.size(ofValue: rings))
    }
}
