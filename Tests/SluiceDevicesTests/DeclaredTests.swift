import Glibc
import SluiceDevices
import SluiceModel
import Testing

@Suite struct DeclaredTests {
    static func simulated(_ name: String, memory: Int? = nil) -> DeviceSettings {
        var settings = DeviceSettings(name: name, kind: .simulated)
        settings.memory = memory
        return settings
    }

    @Test("A simulated device is there without a file, idle and well")
    func idle() throws {
        let machine = try Machine()
        let looker = try Looker(machine.search([Self.simulated("sim0", memory: 1 << 30)]))
        let device = DeviceDescription(
            name: "sim0", kind: .simulated, model: "simulated", memory: 1 << 30)
        #expect(try looker.found() == [device])
        looker.sampler.watch(every: .milliseconds(10))
        #expect(try looker.sample("sim0") == DeviceSample(used: 0))
    }

    @Test("A file says how it is, and is read again for each sample")
    func driven() throws {
        let machine = try Machine()
        try machine.simulate(
            """
            # Two processes.
            sim0 process \(getpid()) 3000
            sim0 process 99999999 2000
            sim0 temperature 71

            """)
        let looker = try Looker(machine.search([Self.simulated("sim0"), Self.simulated("sim1")]))
        looker.sampler.watch(every: .milliseconds(10))
        let sample = try looker.sample("sim0")
        #expect(sample.used == 5000)
        #expect(sample.temperature == 71)
        #expect(sample.processes.map(\.bytes) == [3000, 2000])
        #expect(try looker.sample("sim1").used == 0)

        try machine.simulate("sim0 used 7\nsim0 utilisation 50\nsim0 power 9000\n")
        while try looker.sample("sim0") != DeviceSample(used: 7, utilisation: 50, power: 9000) {}

        try machine.simulate("sim0 fault Xid 48: double-bit ECC error\n")
        #expect(try looker.trouble("sim0") == .fault("Xid 48: double-bit ECC error"))
        try machine.simulate("sim0 lost\n")
        while try looker.trouble("sim0") != .lost("lost, as simulated") {}
        looker.sampler.lookAgain()
        #expect(try looker.found().map(\.name) == ["sim1"])
        #expect(try looker.trouble("sim0") == .lost("lost, as simulated"))
        try machine.simulate("")
        looker.sampler.lookAgain()
        #expect(try looker.found().map(\.name) == ["sim0", "sim1"])
        _ = try looker.sample("sim0")
    }

    @Test(
        "A line that is not understood is said, with its place",
        arguments: [
            "sim0 temperature hot", "sim0 used -1", "sim0 process 0 1", "sim0", "sim0 lost x",
            "sim0 process 1", "sim0 nonsense 1", "sim0 fault",
        ])
    func mistakes(line: String) throws {
        let machine = try Machine()
        try machine.simulate("sim0 used 1\n\(line)\nsim0 wrong\n")
        let looker = try Looker(machine.search([Self.simulated("sim0")]))
        #expect(try looker.found().count == 1)
        #expect(try looker.note() == "\(machine.simulation):2: not understood")
    }

    @Test("A generic device is there as long as its nodes are")
    func generic() throws {
        let machine = try Machine()
        try machine.write("dev/accel0", "")
        var settings = DeviceSettings(name: "tpu0", kind: .generic)
        settings.paths = ["/dev/accel0", "/dev/accel-ctl"]
        let looker = try Looker(machine.search([settings]))
        #expect(try looker.found().isEmpty)
        #expect(try looker.trouble("tpu0") == .lost("/dev/accel-ctl is missing"))
        try machine.write("dev/accel-ctl", "")
        looker.sampler.lookAgain()
        #expect(try looker.found().map(\.paths) == [["/dev/accel0", "/dev/accel-ctl"]])
        looker.sampler.watch(every: .milliseconds(10))
        #expect(try looker.sample("tpu0") == DeviceSample())
        try machine.remove("dev/accel0")
        #expect(try looker.trouble("tpu0") == .lost("/dev/accel0 is missing"))
    }

    @Test("New settings hold from then on, and what is watched goes on being watched")
    func reload() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search([Self.simulated("sim0")]))
        looker.sampler.watch(every: .milliseconds(10))
        _ = try looker.sample("sim0")
        var search = machine.search([Self.simulated("sim1")])
        search.discovers = false
        try looker.sampler.start(search)
        while try looker.found().map(\.name) != ["sim1"] {}
        _ = try looker.sample("sim1")
        try looker.sampler.start(machine.search())
        while try looker.found().map(\.name) != ["gpu0", "gpu1"] {}
        _ = try looker.sample("gpu1")
    }
}
