import CSystemd
import SluiceModel

/// What the service tells its manager, by sd_notify(3).
///
/// Each returns whether there is a manager that listens; under none of them that is an error.
public enum Notify {
    /// The service is up, or done with reloading.
    @discardableResult
    public static func ready(status: String? = nil) throws(SystemError) -> Bool {
        try send(["READY=1"] + lines(status))
    }

    /// One line for `systemctl status`.
    @discardableResult
    public static func status(_ status: String) throws(SystemError) -> Bool {
        try send(lines(status))
    }

    /// The configuration is being read again; `ready` must follow. A manager that runs us as
    /// `notify-reload` matches it to its own request by the time.
    @discardableResult
    public static func reloading(
        at now: Instant, status: String? = nil
    ) throws(SystemError) -> Bool {
        try send(["RELOADING=1", "MONOTONIC_USEC=\(now.nanoseconds / 1000)"] + lines(status))
    }

    @discardableResult
    public static func stopping(status: String? = nil) throws(SystemError) -> Bool {
        try send(["STOPPING=1"] + lines(status))
    }

    /// A sign of life, due well within every `watchdogInterval`.
    @discardableResult
    public static func watchdog() throws(SystemError) -> Bool {
        try send(["WATCHDOG=1"])
    }

    /// The silence after which the manager kills us; nil if it does not.
    public static func watchdogInterval() throws(SystemError) -> Duration? {
        var microseconds: UInt64 = 0
        let enabled = sd_watchdog_enabled(0, &microseconds)
        guard enabled >= 0 else { throw SystemError("sd_watchdog_enabled", code: -enabled) }
        return enabled > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    private static func send(_ assignments: [String]) throws(SystemError) -> Bool {
        let sent = sd_notify(0, assignments.joined(separator: "\n"))
        guard sent >= 0 else { throw SystemError("sd_notify", code: -sent) }
        return sent > 0
    }

    /// A line break would let the rest of a status be read as another assignment.
    private static func lines(_ status: String?) -> [String] {
        status.map { ["STATUS=" + String($0.map { $0.isNewline ? " " : $0 })] } ?? []
    }
}
