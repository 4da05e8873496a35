import CSluice
import Glibc
import SluiceModel

/// Waits for descriptors to become ready, or for a moment to come.
///
/// Level-triggered epoll. Deadlines go to the kernel in nanoseconds with `epoll_pwait2` (Linux
/// 5.11): `epoll_wait` rounds to milliseconds, and a timerfd costs a call each time the next
/// deadline moves, which is nearly every turn. The kernel adds its timer slack, 50 microseconds.
/// A wait without a deadline has no timeout at all, so an idle loop never wakes.
public struct Loop: ~Copyable {
    /// What the caller calls a registration. The loop attaches no meaning to it; one that is never
    /// reused keeps late readiness of a closed descriptor from being taken for another's.
    public struct Token: Hashable, Sendable {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
    }

    /// What to be told about. With neither, a peer that is gone for good still is reported, again
    /// and again: remove the descriptor then.
    public struct Interest: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let read = Interest(rawValue: EPOLLIN.rawValue)
        public static let write = Interest(rawValue: EPOLLOUT.rawValue)
    }

    /// One descriptor that has something for us.
    public struct Readiness: Hashable, Sendable {
        public let token: Token
        let events: UInt32

        /// A read will not wait: it yields bytes, the end, or the error.
        public var isReadable: Bool {
            events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        /// A write will not wait.
        public var isWritable: Bool {
            events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        /// Both directions are over.
        public var isHungUp: Bool { events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    }

    private let epoll: Descriptor
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// A turn takes in at most so many events, so that no peer's activity can postpone decisions
    /// for all. What is left over is reported by the next wait.
    public init(eventsPerTurn: Int = 256) throws(SystemError) {
        precondition(eventsPerTurn > 0)
        epoll = try Descriptor(of: "epoll_create1", returned: epoll_create1(O_CLOEXEC))
        events = .allocate(capacity: eventsPerTurn)
    }

    deinit { events.deallocate() }

    /// The time, on the only clock the daemon uses.
    public static func now() -> Instant {
        var time = timespec()
        // Cannot fail: the clock exists and the pointer is good.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Watches a descriptor that the caller keeps open. It must be removed before it is closed if
    /// a duplicate of it lives on; otherwise closing it is enough.
    public func add(
        _ descriptor: CInt, token: Token, interest: Interest
    ) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, token, interest)
    }

    /// Call it when the interest changes and not otherwise: it is a system call.
    public func modify(
        _ descriptor: CInt, token: Token, interest: Interest
    ) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, token, interest)
    }

    public func remove(_ descriptor: CInt) throws(SystemError) {
        try control(EPOLL_CTL_DEL, descriptor, Token(rawValue: 0), [])
    }

    /// Replaces `ready` with what is ready now or first; leaves it empty when the deadline came or
    /// a signal interrupted. It allocates nothing once `ready` has grown to its size.
    public func wait(
        until deadline: Instant?, into ready: inout [Readiness]
    ) throws(SystemError) {
        ready.removeAll(keepingCapacity: true)
        let count = sluice_epoll_wait(
            epoll.number, events.baseAddress, CInt(events.count), Self.timeout(until: deadline))
        guard count >= 0 else {
            guard errno == EINTR else { throw SystemError("epoll_pwait2") }
            return
        }
        for event in events.prefix(Int(count)) {
            ready.append(Readiness(token: Token(rawValue: event.data.u64), events: event.events))
        }
    }

    /// Nanoseconds as `sluice_epoll_wait` wants them. A deadline that has passed still polls, so a
    /// loop that is late keeps hearing its peers.
    private static func timeout(until deadline: Instant?) -> Int64 {
        guard let deadline, deadline < .distantFuture else { return -1 }
        return max(0, deadline.nanoseconds(since: now()))
    }

    private func control(
        _ operation: CInt, _ descriptor: CInt, _ token: Token, _ interest: Interest
    ) throws(SystemError) {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = token.rawValue
        guard epoll_ctl(epoll.number, operation, descriptor, &event) == 0 else {
            throw SystemError("epoll_ctl")
        }
    }
}
