import CSystemd
import Glibc

/// systemd, over the system bus. Each call waits for its answer, up to 25 seconds, so it is for a
/// thread that may wait. Whether we may is polkit's to say; nobody is asked for a password.
public struct ServiceManager: ~Copyable {
    /// What can be asked for. The raw value is the method's name.
    public enum Job: String, Hashable, Sendable, CaseIterable {
        case start = "StartUnit"
        /// A unit that is stopped so is not started again by its own `Restart=`.
        case stop = "StopUnit"
        /// Stops a unit and starts it when it is stopped. Nothing happens to one that does not
        /// run, or that somebody else is stopping.
        case restart = "TryRestartUnit"
    }

    static let name = "org.freedesktop.systemd1"

    let bus: OpaquePointer

    /// - Parameter address: of another bus than the system's, as D-Bus writes it.
    public init(address: String? = nil) throws(BusError) {
        var opened: OpaquePointer?
        let code =
            address.map { Self.open(&opened, $0) } ?? sd_bus_open_system(&opened)
        guard code >= 0, let opened else {
            sd_bus_unref(opened)
            throw BusError(noBus: code)
        }
        bus = opened
    }

    deinit { sd_bus_flush_close_unref(bus) }

    private static func open(_ bus: inout OpaquePointer?, _ address: String) -> CInt {
        let steps: [(OpaquePointer?) -> CInt] = [
            { sd_bus_set_address($0, address) }, { sd_bus_set_bus_client($0, 1) },
            { sd_bus_start($0) },
        ]
        let code = sd_bus_new(&bus)
        return steps.reduce(code) { code, step in code < 0 ? code : step(bus) }
    }

    /// Puts the job into the queue, in the place of another one for the unit. The answer comes when
    /// it is there, not when it is done.
    public func ask(for job: Job, of unit: String) throws(BusError) {
        sd_bus_message_unref(try call(job.rawValue, unit, "replace"))
    }

    /// - Returns: the answer, to be given back.
    func call(_ method: String, _ words: String...) throws(BusError) -> OpaquePointer? {
        let message = try message(to: method)
        defer { sd_bus_message_unref(message) }
        for word in words { try append(word, to: message) }
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var answer: OpaquePointer?
        let code = sd_bus_call(bus, message, 0, &error, &answer)
        guard code >= 0 else { throw BusError(error, code: code) }
        return answer
    }

    private func message(to method: String) throws(BusError) -> OpaquePointer {
        var made: OpaquePointer?
        let code = sd_bus_message_new_method_call(
            bus, &made, Self.name, "/org/freedesktop/systemd1", "\(Self.name).Manager", method)
        guard code >= 0, let made else { throw BusError(code: code) }
        return made
    }

    private func append(_ text: String, to message: OpaquePointer) throws(BusError) {
        let code = text.withCString {
            sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0)
        }
        guard code >= 0 else { throw BusError(code: code) }
    }
}

/// Why systemd did not do what it was asked for.
public struct BusError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What D-Bus calls the error; nil where no answer came.
    public let name: String?
    public let message: String
    /// The errno that stands for it.
    public let code: CInt
    /// Whether nobody could be asked.
    public let isWithoutBus: Bool

    public init(
        name: String? = nil, _ message: String, code: CInt, isWithoutBus: Bool = false
    ) {
        self.name = name
        self.message = message
        self.code = code
        self.isWithoutBus = isWithoutBus
    }

    /// - Parameter code: as libsystemd returns it, negated.
    init(code: CInt) {
        self.init(SystemError("sd-bus", code: -code).description, code: -code)
    }

    fileprivate init(noBus code: CInt) {
        self.init(
            SystemError("sd_bus_open_system", code: -code).description, code: -code,
            isWithoutBus: true)
    }

    init(_ error: sd_bus_error, code: CInt) {
        guard let name = error.name else {
            self.init(code: code)
            return
        }
        self.init(
            name: String(cString: name),
            error.message.map { String(cString: $0) } ?? String(cString: name), code: -code)
    }

    public var description: String { message }
}

/// The unit of the system that a process belongs to; nil for one that belongs to none, that is
/// gone, or that may not be looked at.
public func unit(of process: pid_t) -> String? {
    var found: UnsafeMutablePointer<CChar>?
    guard process > 0, sd_pid_get_unit(process, &found) >= 0, let found else { return nil }
    defer { free(found) }
    return String(cString: found)
}
