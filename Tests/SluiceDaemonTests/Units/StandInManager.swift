import CSystemd
import Glibc
import SluiceSystem
import Synchronization

/// Stands in for systemd at the end of a socket, and for the bus between.
///
/// It takes one connection, and has one unit, whose properties are given; every job ends as it is
/// told to.
final class StandInManager: Sendable {
    /// How it answers what it is asked.
    struct Script: Sendable {
        var activeState = "inactive"
        var stopTimeout: UInt64 = 1_000_000
        var exitStatus: Int32?
        /// What becomes of a job; nil: it does not end.
        var result: String? = "done"
        /// In place of taking a job: the error's name and message.
        var refusal: (String, String)?
    }

    let address: String
    private let script: Script
    private let log = Mutex<[String]>([])

    init(_ script: Script) throws {
        self.script = script
        let path = "sluice-bus-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        address = "unix:abstract=\(path)"
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        // A name that begins with a zero is no file's.
        withUnsafeMutableBytes(of: &name.sun_path) {
            UnsafeMutableRawBufferPointer(rebasing: $0[1...]).copyBytes(from: path.utf8)
        }
        let length = MemoryLayout<sa_family_t>.size + 1 + path.utf8.count
        let listener = socket(AF_UNIX, 1 | O_CLOEXEC, 0)
        let bound = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(length))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 1) == 0 else {
            throw SystemError("bind", path)
        }
        try BackgroundThread { [self] in
            let socket = accept(listener, nil, nil)
            close(listener)
            if socket >= 0 { converse(socket) }
        }.detach()
    }

    /// The jobs that it was asked for, such as `StartUnit sluice-worker@a.service replace`.
    var jobs: [String] { log.withLock { $0 } }

    private func converse(_ socket: CInt) {
        var made: OpaquePointer?
        guard sd_bus_new(&made) >= 0, let bus = made else { return }
        defer { sd_bus_flush_close_unref(bus) }
        sd_bus_set_fd(bus, socket, socket)
        sd_bus_set_server(bus, 1, sd_id128_t())
        guard sd_bus_start(bus) >= 0 else { return }
        while true {
            var message: OpaquePointer?
            let code = sd_bus_process(bus, &message)
            guard code >= 0 else { return }
            if let message {
                answer(message, bus)
                sd_bus_message_unref(message)
            }
            if code == 0, sd_bus_wait(bus, .max) < 0 { return }
        }
    }

    private func answer(_ message: OpaquePointer, _ bus: OpaquePointer) {
        guard let name = sd_bus_message_get_member(message) else { return }
        switch String(cString: name) {
        case "Hello": reply(to: message, bus) { append(":1.1", "s", to: $0) }
        case "Get":
            _ = word(of: message)
            let property = word(of: message)
            reply(to: message, bus) { value(of: property, into: $0) }
        case "StartUnit", "StopUnit": take(String(cString: name), message, bus)
        default: reply(to: message, bus) { _ in }
        }
    }

    private func take(_ method: String, _ message: OpaquePointer, _ bus: OpaquePointer) {
        let unit = word(of: message)
        let mode = word(of: message)
        log.withLock { $0.append("\(method) \(unit) \(mode)") }
        if let (name, text) = script.refusal {
            var error = sd_bus_error()
            sd_bus_error_set(&error, name, text)
            sd_bus_reply_method_error(message, &error)
            sd_bus_error_free(&error)
            return
        }
        // Another job's end comes first, and ours before the answer that tells its number.
        for (job, result) in [("7", "failed"), ("8", script.result)] {
            guard let result else { continue }
            var made: OpaquePointer?
            sd_bus_message_new_signal(
                bus, &made, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                "JobRemoved")
            guard let signal = made else { return }
            sd_bus_message_set_sender(signal, "org.freedesktop.systemd1")
            var number = UInt32(job)
            sd_bus_message_append_basic(signal, CChar(UInt8(ascii: "u")), &number)
            append("/job/\(job)", "o", to: signal)
            append(unit, "s", to: signal)
            append(result, "s", to: signal)
            sd_bus_send(bus, signal, nil)
            sd_bus_message_unref(signal)
        }
        reply(to: message, bus) { append("/job/8", "o", to: $0) }
    }

    private func value(of property: String, into answer: OpaquePointer) {
        func put<Value: BitwiseCopyable>(_ type: String, _ value: Value) {
            var value = value
            sd_bus_message_open_container(answer, CChar(UInt8(ascii: "v")), type)
            let letter = type.utf8.first.map { CChar($0) } ?? 0
            sd_bus_message_append_basic(answer, letter, &value)
            sd_bus_message_close_container(answer)
        }
        switch property {
        case "ActiveState":
            sd_bus_message_open_container(answer, CChar(UInt8(ascii: "v")), "s")
            append(script.activeState, "s", to: answer)
            sd_bus_message_close_container(answer)
        case "TimeoutStopUSec": put("t", script.stopTimeout)
        case "ExecMainCode": put("i", Int32(script.exitStatus == nil ? CLD_KILLED : CLD_EXITED))
        default: put("i", script.exitStatus ?? 9)
        }
    }

    private func reply(
        to message: OpaquePointer, _ bus: OpaquePointer, _ fill: (OpaquePointer) -> Void
    ) {
        var made: OpaquePointer?
        guard sd_bus_message_new_method_return(message, &made) >= 0, let answer = made else {
            return
        }
        fill(answer)
        sd_bus_send(bus, answer, nil)
        sd_bus_message_unref(answer)
    }

    private func append(_ text: String, _ type: Unicode.Scalar, to message: OpaquePointer) {
        _ = text.withCString {
            sd_bus_message_append_basic(message, CChar(UInt8(ascii: type)), $0)
        }
    }

    private func word(of message: OpaquePointer) -> String {
        var text: UnsafePointer<CChar>?
        sd_bus_message_read_basic(message, CChar(UInt8(ascii: "s")), &text)
        return text.map { String(cString: $0) } ?? ""
    }
}
