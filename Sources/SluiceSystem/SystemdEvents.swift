import CSystemd
import Glibc

/// An sd-event loop inside ours, for what libsystemd does best: signals and the watchdog.
///
/// It has a descriptor of its own, to be watched by the `Loop`; when that is readable, `pump`.
/// sd-event arms its timers as it prepares to wait, so `pump` must also be called once at start.
/// Our peers' sockets stay out of it, because it dispatches one source for each epoll call.
public struct SystemdEvents: ~Copyable {
    private let event: OpaquePointer
    /// Where the C callback puts signals; it outlives the sources, which die with the event.
    private let arrived: UnsafeMutablePointer<[Signal]>

    public init() throws(SystemError) {
        var created: OpaquePointer?
        try Self.check("sd_event_new", sd_event_new(&created))
        guard let created else { throw SystemError("sd_event_new", code: ENOMEM) }
        event = created
        arrived = .allocate(capacity: 1)
        arrived.initialize(to: [])
    }

    deinit {
        sd_event_unref(event)
        arrived.deinitialize(count: 1)
        arrived.deallocate()
    }

    /// Collects signals from now on. They must be blocked; see `Signal.block`.
    public func listen(for signals: [Signal] = Signal.allCases) throws(SystemError) {
        for signal in signals { try listen(for: signal) }
    }

    /// To be watched for reading. sd-event keeps and closes it.
    public var number: CInt { sd_event_get_fd(event) }

    /// Has sd-event send `WATCHDOG=1` in time for as long as `pump` is called, if the manager
    /// asked for that. The pump runs in the thread it vouches for. False: nobody asked.
    public func enableWatchdog() throws(SystemError) -> Bool {
        try Self.check("sd_event_set_watchdog", sd_event_set_watchdog(event, 1)) > 0
    }

    /// Lets sd-event do all that is due, and adds the signals that came, in order.
    public func pump(into signals: inout [Signal]) throws(SystemError) {
        while try isPending() {
            try Self.check("sd_event_dispatch", sd_event_dispatch(event))
        }
        signals.append(contentsOf: arrived.pointee)
        arrived.pointee.removeAll(keepingCapacity: true)
    }

    private func isPending() throws(SystemError) -> Bool {
        if try Self.check("sd_event_prepare", sd_event_prepare(event)) > 0 { return true }
        return try Self.check("sd_event_wait", sd_event_wait(event, 0)) > 0
    }

    private func listen(for signal: Signal) throws(SystemError) {
        let added = sd_event_add_signal(
            event, nil, signal.rawValue,
            { _, information, arrived in
                guard let information, let arrived,
                    let signal = Signal(rawValue: CInt(information.pointee.ssi_signo))
                else { return 0 }
                arrived.assumingMemoryBound(to: [Signal].self).pointee.append(signal)
                return 0
            }, arrived)
        try Self.check("sd_event_add_signal", added)
    }

    /// libsystemd returns the negated errno rather than setting it.
    @discardableResult
    private static func check(_ call: String, _ result: CInt) throws(SystemError) -> CInt {
        guard result >= 0 else { throw SystemError(call, code: -result) }
        return result
    }
}
