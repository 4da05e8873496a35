import SluiceWire

extension Machine {
    static let gib = 1 << 30

    /// One that works, one that is cordoned and was not looked at for long, one that is gone, and
    /// one of which nobody knows anything.
    static var devices: [Control.Device] {
        [working, cordoned, lost, Control.Device(device: "accel0", kind: .generic)]
    }

    private static var working: Control.Device {
        var device = Control.Device(device: "gpu0", kind: .nvidia)
        (device.model, device.identity) = (
            "NVIDIA H200", "GPU-5e1c03a7-2f1b-4c55-9f0e-3a1d6f2b7c90"
        )
        device.paths = ["/dev/nvidia0"]
        device.sampleAgeSeconds = 0.42
        device.memoryTotalBytes = 150_754_820_096
        device.memoryUsedBytes = 65_712_160_768
        device.memoryHeldBytes = 64 * gib
        device.memoryForeignBytes = 1_287_651_328
        device.memoryFreeBytes = 80_479_262_080
        device.reserve = 256 << 20
        (device.utilisation, device.temperature, device.maxTemperature) = (87, 64, 87)
        (device.powerWatts, device.uncordonAfter, device.running) = (512.3, 60, 2)
        device.queues = ["gpu_queue", "whisper"]
        device.promisedTo = "sdxl"
        var caption = Control.DeviceHolder(worker: 1, name: "caption-worker", pid: 4101)
        (caption.lease, caption.leasedBytes, caption.seenBytes) = (true, 48 * gib, 47 * gib)
        (caption.reservedBytes, caption.running) = (600 << 20, 1)
        var roaming = Control.DeviceHolder(worker: 7, name: "whisper\u{1B}[31m", pid: 5120)
        (roaming.reservedBytes, roaming.running, roaming.exclusive) = (12 * gib, 1, true)
        var gone = Control.DeviceHolder(worker: nil, name: nil, pid: 3999)
        (gone.seenBytes, gone.gone) = (4 * gib, true)
        device.holders = [caption, roaming, gone]
        device.strangers = [
            .init(pid: 977, name: "jupyter\u{1B}[2J", bytes: 1_200_000_000), .init(pid: 1040),
        ]
        return device
    }

    private static var cordoned: Control.Device {
        var device = Control.Device(device: "gpu1", kind: .nvidia)
        (device.model, device.state) = ("NVIDIA H200", .cordoned)
        device.cordons = [
            .init(kind: .operator, reason: "a new fan\u{1B}[2J", sinceSeconds: 302),
            .init(kind: .hot, reason: "it runs at 93 °C", sinceSeconds: 12, endsInSeconds: 48),
        ]
        device.sampleAgeSeconds = 192
        device.memoryTotalBytes = 150_754_820_096
        device.memoryUsedBytes = 300 << 20
        device.memoryHeldBytes = 150_754_820_096 - (256 << 20) + 3 * gib
        device.memoryFreeBytes = -3 * gib
        device.reserve = 256 << 20
        (device.utilisation, device.temperature, device.maxTemperature) = (0, 93, 87)
        (device.powerWatts, device.uncordonAfter) = (71.9, 60)
        device.queues = ["gpu_queue"]
        return device
    }

    private static var lost: Control.Device {
        var device = Control.Device(device: "gpu2", kind: .amd)
        device.state = .lost
        device.cordons = [
            .init(kind: .lost, reason: "it is not found any more", sinceSeconds: 4000)
        ]
        device.memoryTotalBytes = 16 * gib
        device.memoryFreeBytes = 16 * gib - (256 << 20)
        device.reserve = 256 << 20
        return device
    }

    /// A worker with a lease, one that waits for one, and what else devices make different.
    static var workersWithDevices: [Control.Worker] {
        var workers = workers
        workers[0].devices = ["gpu0", "gpu1"]
        workers[2].awaitsDevices = true
        return workers
    }

    static var functionsWithNeeds: [Control.Function] {
        var functions = functions
        (functions[0].memory, functions[0].memoryPerItem) = (6 * gib, 300 << 20)
        functions[0].origins = ["memory": .declaration, "memory_per_item": .default]
        (functions[1].deviceCount, functions[1].exclusive) = (2, true)
        return functions
    }

    static var boundQueue: Control.Queue {
        var queue = queues[0]
        queue.selection = .named
        (queue.devices, queue.missingDevices) = (["gpu0", "gpu1"], ["gpu9"])
        queue.perDeviceLimit = 2
        queue.origins["per_device_limit"] = .configuration
        return queue
    }
}
