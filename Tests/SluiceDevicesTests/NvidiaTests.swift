import Glibc
import SluiceDevices
import SluiceModel
import Testing

/// The real loading code against a library that stands in for NVIDIA's.
@Suite struct NvidiaTests {
    static let two = """
        gpu GPU-aaaa NVIDIA_H200 0 150000000000 4000 37 51
        gpu GPU-bbbb NVIDIA_H200 4 150000000000 0 0 30

        """

    @Test("A machine without the library has no devices, and nothing is wrong with it")
    func absence() throws {
        let machine = try Machine()
        let looker = try Looker(machine.search())
        #expect(try looker.found().isEmpty)
        #expect(try looker.sayings().isEmpty)
    }

    @Test("A library that is none, and a driver that is not loaded, are said once, with the reason")
    func failures() throws {
        let broken = try Machine()
        try broken.write("libnvidia-ml.so.1", "not a library")
        let first = try Looker(broken.search())
        #expect(try first.note().contains("NVIDIA devices are not looked for: \(broken.nvml): "))
        #expect(try first.sayings().isEmpty)

        let machine = try Machine("fail 9\n")
        let looker = try Looker(machine.search())
        #expect(try looker.found().isEmpty)
        let note = try looker.note()
        #expect(note == "NVIDIA devices are not looked for: nvmlInit_v2: Driver Not Loaded")
        try machine.set(Self.two)
        looker.sampler.lookAgain()
        #expect(try looker.found().count == 2)
    }

    @Test("Devices are named by their index, and described with what a worker needs")
    func discovery() throws {
        let machine = try Machine(Self.two)
        try machine.write("dev/nvidiactl", "")
        try machine.write("dev/nvidia-uvm", "")
        let looker = try Looker(machine.search())
        let devices = try looker.found()
        #expect(devices.map(\.name) == ["gpu0", "gpu1"])
        #expect(
            devices.last
                == DeviceDescription(
                    name: "gpu1", kind: .nvidia, model: "NVIDIA H200", identity: "GPU-bbbb",
                    memory: 150_000_000_000,
                    paths: ["/dev/nvidia4", "/dev/nvidiactl", "/dev/nvidia-uvm"],
                    visibility: DeviceVisibility(
                        variable: "CUDA_VISIBLE_DEVICES", value: "GPU-bbbb"),
                    slowdownTemperature: 89))
    }

    @Test("Where discovery is off the library is not even loaded")
    func undiscovered() throws {
        let machine = try Machine(Self.two)
        var search = machine.search()
        search.discovers = false
        let looker = try Looker(search)
        #expect(try looker.found().isEmpty)
        #expect(dlopen(machine.nvml, RTLD_NOW | RTLD_NOLOAD) == nil)
    }

    @Test("A sample has memory, what the driver keeps included, and what processes have of it")
    func samples() throws {
        let own = getpid()
        let machine = try Machine(
            Self.two + """
                proc 0 \(own) 3000
                graphics 0 \(own) 3000
                graphics 0 99999999 18446744073709551615

                """)
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .milliseconds(10))
        let sample = try looker.sample()
        #expect(sample.used == 4000)
        #expect(sample.utilisation == 37)
        #expect(sample.temperature == 51)
        #expect(sample.power == nil)
        #expect(sample.processes.map(\.process) == [own, 99_999_999])
        #expect(sample.processes.map(\.bytes) == [3000, nil])
        #expect(sample.processes.first?.ancestors.first == getppid())
        #expect(sample.processes.first?.name.isEmpty == false)
        #expect(sample.processes.last?.name == "")

        try machine.set("gpu GPU-aaaa NVIDIA_H200 0 150000000000 8000 99 80\n")
        while try looker.sample().used != 8000 {}
    }

    @Test("More processes than were asked for are asked for again, and at most 256 are told of")
    func manyProcesses() throws {
        let processes = (1...300).map { "proc 0 \($0 + 1_000_000) \($0)\n" }.joined()
        let machine = try Machine(Self.two + processes)
        let looker = try Looker(machine.search())
        looker.sampler.watch(["gpu0"], every: .milliseconds(10))
        let told = try looker.sample().processes
        // The largest first.
        #expect(told.map(\.bytes) == (45...300).reversed().map { $0 })
    }

    @Test("Figures that cannot be are not taken for true")
    func garbage() throws {
        let machine = try Machine(
            """
            gpu GPU-aaaa NVIDIA 0 18446744073709551615 18446744073709551615 4000000000 4000000000
            proc 0 0 77
            proc 0 4294967295 77
            proc 0 4194304 9223372036854775808
            claim 0 4294967295
            gpu GPU-bbbb NVIDIA 1 1000 2000 100 50
            crowd 1 4294967295

            """)
        let looker = try Looker(machine.search())
        #expect(try looker.found().map(\.memory) == [nil, 1000])
        looker.sampler.watch(every: .milliseconds(10))
        let first = try looker.sample()
        #expect(first.processes == [DeviceProcess(process: 4_194_304)])
        #expect(first.used == nil)
        #expect(first.utilisation == nil)
        #expect(first.temperature == nil)
        let second = try looker.sample("gpu1")
        #expect(second.used == 1000)
        #expect(second.processes.isEmpty)
    }

    @Test("Only the devices that are named are sampled")
    func named() throws {
        let machine = try Machine(Self.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(["gpu1"], every: .milliseconds(10))
        let readings = try looker.next { report -> [DeviceReading]? in
            guard case .sampled(let readings) = report else { return nil }
            return readings
        }
        #expect(readings.map(\.device) == ["gpu1"])
    }

    @Test("More devices than Sluice is built for are said, and not used")
    func tooMany() throws {
        let lines = (0..<70).map { "gpu GPU-\($0) NVIDIA \($0) 1000 0 0 0\n" }
        let machine = try Machine(lines.joined())
        let looker = try Looker(machine.search())
        #expect(try looker.found().count == Limits.devices)
        #expect(try looker.note() == "70 NVIDIA devices; at most 64 are used")
    }

    @Test("A device that is divided by MIG is used as a whole, and that is said")
    func divided() throws {
        let machine = try Machine(Self.two + "mig 1\n")
        let looker = try Looker(machine.search())
        #expect(try looker.found().count == 2)
        #expect(try looker.note().contains("MIG is on for GPU-bbbb"))
    }
}
