import Glibc
import Testing

@Suite("Devices, seen and steered from the shell")
struct DeviceToolTests {
    private static let configuration = """
        [daemon]
        discover_devices = false
        [[device]]
        name = "gpu0"
        kind = "simulated"
        memory = "16GiB"
        [[device]]
        name = "accel0"
        kind = "simulated"
        [queue.gpu_queue]
        devices = "all"

        """

    @Test("A cordon is shown with its reason, logged with who made it, and kept over a restart")
    func cordon() throws {
        let daemon = try TestDaemon(configuration: Self.configuration)
        _ = try daemon.journal.line(containing: "device gpu0 is there (simulated)")
        let names = try daemon.ctl("devices", "--names").output.split(separator: "\n")
        #expect(Set(names) == ["gpu0", "accel0"])
        #expect(try daemon.ctl("cordon", "gpu0", "a", "new", "fan").end == .code(0))
        _ = try daemon.journal.line(
            containing: "device gpu0 is cordoned, nothing more starts on it: a new fan, by user "
                + "\(geteuid())")
        #expect(try daemon.ctl("status").output.contains("devices  2, 1 cordoned\n"))
        #expect(
            try daemon.ctl("queue", "gpu_queue").output.contains("concurrency_limit  1 (default)"))

        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        _ = try daemon.journal.line(
            containing: "device gpu0 is cordoned, nothing more starts on it: a new fan")
        #expect(try daemon.ctl("device", "gpu0").output.contains("a new fan (operator), for "))
        let said = try daemon.ctl("uncordon", "gpu9", "gpu0")
        #expect(said.end == .code(4))
        #expect(said.output == "device gpu0 is used again.\n")
        #expect(said.errors.contains("there is no device 'gpu9'; did you mean 'gpu0'?"))
        _ = try daemon.journal.line(containing: "device gpu0 is used again, by user \(geteuid())")
        #expect(try !daemon.ctl("status").output.contains("cordoned"))
    }

    @Test("Without a bus a worker's unit stays as it is, and each is told why, and what does it")
    func withoutBus() throws {
        // The bus of the machine that the test runs on is none of its business.
        let nowhere = ["DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"]
        let daemon = try TestDaemon(environment: nowhere)
        let said = try daemon.ctl("worker-stop", "a/b", "caption")
        #expect(said.end == .code(64))
        #expect(said.output == "")
        #expect(said.errors.contains("name cannot be 'a/b'; allowed: 1 to 200 letters"))
        #expect(said.errors.contains("'systemctl stop sluice-worker@caption.service' does it"))
        _ = try daemon.journal.line(
            containing: "systemd is told to stop sluice-worker@caption.service, by user "
                + "\(geteuid())")
        _ = try daemon.journal.line(
            containing: "systemd did not stop sluice-worker@caption.service, as user ")
        #expect(try daemon.ctl("worker-start", "caption").end == .code(1))
    }

    @Test("What is refused is refused with what would be right")
    func refusals() throws {
        let daemon = try TestDaemon(configuration: Self.configuration)
        _ = try daemon.journal.line(containing: "device accel0 is there (simulated)")
        let long = String(repeating: "x", count: 257)
        #expect(try daemon.ctl("cordon", "gpu0", long).end == .code(64))
        #expect(try daemon.ctl("device", "gpu").errors.contains("did you mean 'gpu0'?"))
        #expect(try daemon.ctl("set", "gpu_queue", "per_device_limit=0").end == .code(64))
        #expect(try daemon.ctl("set", "gpu_queue", "per_device_limit=3").end == .code(0))
        #expect(
            try daemon.ctl("queue", "gpu_queue").output.contains("concurrency_limit  6 (default)"))
    }
}
