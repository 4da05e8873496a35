import CSluice
import SluiceModel

/// How a GPU is. A figure that it does not have is nil; only that it is gone is an error.
extension NvidiaLibrary {
    /// Processes that are asked for at once, and at most.
    private static let room = 64
    private static let mostRoom = 4096

    func sample(of device: sluice_nvml_device) throws(Failure) -> DeviceSample {
        var sample = DeviceSample(used: try memory(of: device)?.used)
        sample.utilisation = try utilisation(of: device)
        // 0 is the sensor on the GPU's die, the only one there is.
        sample.temperature = try number { functions.temperature?(device, 0, $0) }
            .flatMap { $0 <= 1000 ? $0 : nil }
        sample.power = try number { functions.power?(device, $0) }
            .flatMap { $0 <= 1_000_000_000 ? $0 : nil }
        let computing = try processes(functions.compute_processes, of: device)
        sample.processes =
            try (computing ?? []) + (processes(functions.graphics_processes, of: device) ?? [])
        sample.knowsProcesses = computing != nil
        return sample
    }

    /// What is not free is in use: whether what the driver keeps for itself counts as used depends
    /// on its version, and nobody can have it.
    func memory(of device: sluice_nvml_device) throws(Failure) -> (total: Int, used: Int)? {
        guard let function = functions.memory else { return nil }
        var memory = sluice_nvml_memory()
        let code = function(device, &memory)
        guard code == 0 else {
            try checkLost(code)
            return nil
        }
        guard let total = ProcessTable.bytes(memory.total),
            let free = ProcessTable.bytes(memory.free), free <= total
        else { return nil }
        return (total, total - free)
    }

    private func utilisation(of device: sluice_nvml_device) throws(Failure) -> Int? {
        guard let function = functions.utilization else { return nil }
        var utilization = sluice_nvml_utilization()
        let code = function(device, &utilization)
        guard code == 0 else {
            try checkLost(code)
            return nil
        }
        return utilization.gpu <= 100 ? Int(utilization.gpu) : nil
    }

    /// Asks again with more room where there are more than fit: they may have become more since.
    private func processes(
        _ function: (
            @convention(c) (
                sluice_nvml_device?, UnsafeMutablePointer<UInt32>?,
                UnsafeMutablePointer<sluice_nvml_process>?
            ) -> CInt
        )?, of device: sluice_nvml_device
    ) throws(Failure) -> [DeviceProcess]? {
        guard let function else { return nil }
        var room = Self.room
        while true {
            var found = [sluice_nvml_process](repeating: sluice_nvml_process(), count: room)
            var count = UInt32(room)
            let code = function(device, &count, &found)
            if code == Failure.insufficientSize, room < Self.mostRoom {
                room = min(max(Int(count) + 16, room * 2), Self.mostRoom)
                continue
            }
            guard code == 0 else {
                try checkLost(code)
                return nil
            }
            return found.prefix(Int(count)).compactMap { process in
                Int32(exactly: process.process).map {
                    DeviceProcess(process: $0, bytes: ProcessTable.bytes(process.bytes))
                }
            }
        }
    }
}
