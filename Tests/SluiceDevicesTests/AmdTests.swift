import Glibc
import SluiceDevices
import SluiceModel
import Testing

@Suite struct AmdTests {
    /// A card as amdgpu shows one.
    static func add(_ number: Int, to machine: Machine, identity: String? = nil) throws {
        let card = "sys/class/drm/card\(number)/device"
        try machine.write("\(card)/vendor", "0x1002\n")
        try machine.write("\(card)/device", "0x740f\n")
        try machine.write("\(card)/uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:0\(number):00.0\n")
        try machine.write("\(card)/mem_info_vram_total", "68702699520\n")
        try machine.write("\(card)/mem_info_vram_used", "11000000\n")
        try machine.write("\(card)/gpu_busy_percent", "42\n")
        try machine.write("\(card)/drm/renderD\(128 + number)/dev", "226:128\n")
        try machine.write("\(card)/hwmon/hwmon3/temp1_input", "56000\n")
        try machine.write("\(card)/hwmon/hwmon3/temp1_crit", "100000\n")
        try machine.write("\(card)/hwmon/hwmon3/power1_average", "93000000\n")
        try machine.write("dev/dri/renderD\(128 + number)", "")
        try machine.write("dev/kfd", "")
        if let identity { try machine.write("\(card)/unique_id", identity + "\n") }
    }

    @Test("Cards of amdgpu are found by number, behind NVIDIA's devices")
    func discovery() throws {
        let machine = try Machine(NvidiaTests.two)
        try Self.add(10, to: machine)
        try Self.add(2, to: machine, identity: "18f68e602b8a790f")
        try machine.write("sys/class/drm/card2/device/product_name", "Instinct MI210\n")
        // Of another maker, and a socket.
        try machine.write("sys/class/drm/card1/device/vendor", "0x8086\n")
        try machine.write("sys/class/drm/card2-DP-1/status", "connected\n")
        let looker = try Looker(machine.search())
        let devices = try looker.found()
        #expect(devices.map(\.name) == ["gpu0", "gpu1", "gpu2", "gpu3"])
        #expect(
            devices[2]
                == DeviceDescription(
                    name: "gpu2", kind: .amd, model: "Instinct MI210",
                    identity: "18f68e602b8a790f", memory: 68_702_699_520,
                    paths: ["/dev/dri/renderD130", "/dev/kfd"],
                    visibility: DeviceVisibility(
                        variable: "ROCR_VISIBLE_DEVICES", value: "GPU-18f68e602b8a790f"),
                    slowdownTemperature: 100))
        #expect(devices[3].model == "AMD GPU 0x740f")
        #expect(devices[3].visibility == nil)
        #expect(devices[3].identity == nil)
    }

    @Test("A card without a name of its own is known to libraries by its place")
    func unnamed() throws {
        let machine = try Machine()
        let nodes = "sys/class/kfd/kfd/topology/nodes"
        try machine.write("\(nodes)/0/gpu_id", "0\n")
        // Ten behind two, as numbers are.
        for (node, card) in [(2, 1), (10, 0)] {
            try Self.add(card, to: machine)
            try machine.write("\(nodes)/\(node)/gpu_id", "47\(node)\n")
            try machine.write("\(nodes)/\(node)/properties", "drm_render_minor \(128 + card)\n")
        }
        let devices = try Looker(machine.search()).found()
        #expect(
            devices.map(\.visibility?.variable)
                == Array(repeating: "ROCR_VISIBLE_DEVICES", count: 2))
        #expect(devices.map(\.visibility?.value) == ["1", "0"])
    }

    @Test("A sample has figures of the card and what the compute driver says of processes")
    func samples() throws {
        let machine = try Machine()
        try Self.add(0, to: machine, identity: "18f68e602b8a790f")
        let nodes = "sys/class/kfd/kfd/topology/nodes"
        try machine.write("\(nodes)/0/gpu_id", "0\n")
        try machine.write("\(nodes)/0/properties", "cpu_cores_count 8\ndrm_render_minor 0\n")
        try machine.write("\(nodes)/1/gpu_id", "4711\n")
        try machine.write("\(nodes)/1/properties", "simd_count 416\ndrm_render_minor 128\n")
        try machine.write("sys/class/kfd/kfd/proc/\(getpid())/vram_4711", "5000\n")
        try machine.write("sys/class/kfd/kfd/proc/1/vram_815", "6000\n")
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .milliseconds(10))
        let sample = try looker.sample()
        #expect(sample.used == 11_000_000)
        #expect(sample.utilisation == 42)
        #expect(sample.temperature == 56)
        #expect(sample.power == 93_000)
        #expect(sample.processes.map(\.process) == [getpid()])
        #expect(sample.processes.map(\.bytes) == [5000])
        #expect(sample.processes.first?.ancestors.first == getppid())
    }

    @Test("A card that is gone is lost, and figures that it lacks or that cannot be are not there")
    func loss() throws {
        let machine = try Machine()
        try Self.add(0, to: machine)
        let card = "sys/class/drm/card0/device"
        for file in ["gpu_busy_percent", "hwmon/hwmon3/temp1_input"] {
            try machine.remove("\(card)/\(file)")
        }
        try machine.write("\(card)/mem_info_vram_used", "-1\n")
        try machine.write("\(card)/hwmon/hwmon3/power1_average", "hot\n")
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .milliseconds(10))
        #expect(try looker.sample() == DeviceSample())
        try machine.remove("sys/class/drm/card0")
        #expect(try looker.trouble() == .lost("amdgpu does not show it any more"))
    }
}
