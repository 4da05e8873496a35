import CSystemd
import Glibc
import SluiceModel

// Jobs that are waited for, and what is known of units.

extension ServiceManager {
    /// Has a job done, and waits for its end.
    ///
    /// - Returns: what systemd calls the result, `done` where it went well; nil: it goes on, and
    ///   the deadline is over.
    public func finish(
        _ job: Job, of unit: String, by deadline: Instant
    ) throws(BusError) -> String? {
        let removed = UnsafeMutablePointer<[String: String]>.allocate(capacity: 1)
        removed.initialize(to: [:])
        defer {
            removed.deinitialize(count: 1)
            removed.deallocate()
        }
        // Before the job is there, whose end may be next.
        let slot = try listen(into: removed)
        defer { sd_bus_slot_unref(slot) }
        sd_bus_message_unref(try call("Subscribe"))
        let path = try begin(job, of: unit)
        while true {
            let code = sd_bus_process(bus, nil)
            guard code >= 0 else { throw BusError(code: code) }
            if let result = removed.pointee[path] { return result }
            guard code == 0 else { continue }
            let left = deadline.nanoseconds(since: Loop.now())
            guard left > 0 else { return nil }
            let waited = sd_bus_wait(bus, UInt64(left / 1000 + 1))
            guard waited >= 0 || waited == -EINTR else { throw BusError(code: waited) }
        }
    }

    /// - Returns: the path of the job.
    private func begin(_ job: Job, of unit: String) throws(BusError) -> String {
        let answer = try call(job.rawValue, unit, "replace")
        defer { sd_bus_message_unref(answer) }
        guard let path = word(of: answer, "o") else { throw BusError(code: -EBADMSG) }
        return path
    }

    /// Notes the results of all jobs that end, by their paths.
    private func listen(
        into removed: UnsafeMutablePointer<[String: String]>
    ) throws(BusError) -> OpaquePointer? {
        var slot: OpaquePointer?
        let code = sd_bus_match_signal(
            bus, &slot, Self.name, "/org/freedesktop/systemd1", "\(Self.name).Manager",
            "JobRemoved",
            { message, removed, _ in
                var number: UInt32 = 0
                guard let removed,
                    sd_bus_message_read_basic(message, CChar(UInt8(ascii: "u")), &number) > 0,
                    let path = word(of: message, "o"), word(of: message, "s") != nil,
                    let result = word(of: message, "s")
                else { return 0 }
                removed.assumingMemoryBound(to: [String: String].self).pointee[path] = result
                return 0
            }, removed)
        guard code >= 0 else { throw BusError(code: code) }
        return slot
    }

    // MARK: Properties

    /// What a unit is doing, such as `active` or `deactivating`.
    public func activeState(of unit: String) throws(BusError) -> String {
        let path = try path(of: unit)
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var text: UnsafeMutablePointer<CChar>?
        let code = sd_bus_get_property_string(
            bus, Self.name, path, "\(Self.name).Unit", "ActiveState", &error, &text)
        guard code >= 0, let text else { throw BusError(error, code: code) }
        defer { free(text) }
        return String(cString: text)
    }

    /// What a service's main process ended with by itself; nil where it was killed, or has not
    /// ended.
    public func exitStatus(of unit: String) throws(BusError) -> Int32? {
        var (kind, status): (Int32, Int32) = (0, 0)
        try read("ExecMainCode", of: unit, "i", into: &kind)
        try read("ExecMainStatus", of: unit, "i", into: &status)
        return kind == CLD_EXITED ? status : nil
    }

    /// How long a service that stops may take before it is killed; nil: as long as it likes.
    public func stopTimeout(of unit: String) throws(BusError) -> Duration? {
        var microseconds: UInt64 = 0
        try read("TimeoutStopUSec", of: unit, "t", into: &microseconds)
        return Int64(exactly: microseconds).map { .microseconds($0) }
    }

    private func read<Value: BitwiseCopyable>(
        _ property: String, of unit: String, _ type: Unicode.Scalar, into value: inout Value
    ) throws(BusError) {
        let path = try path(of: unit)
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        let code = sd_bus_get_property_trivial(
            bus, Self.name, path, "\(Self.name).Service", property, &error,
            CChar(UInt8(ascii: type)), &value)
        guard code >= 0 else { throw BusError(error, code: code) }
    }

    private func path(of unit: String) throws(BusError) -> String {
        var path: UnsafeMutablePointer<CChar>?
        let code = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path)
        guard code >= 0, let path else { throw BusError(code: code) }
        defer { free(path) }
        return String(cString: path)
    }
}

/// The next word of a message, if it is one of that type.
private func word(of message: OpaquePointer?, _ type: Unicode.Scalar) -> String? {
    var text: UnsafePointer<CChar>?
    guard sd_bus_message_read_basic(message, CChar(UInt8(ascii: type)), &text) > 0, let text else {
        return nil
    }
    return String(cString: text)
}
