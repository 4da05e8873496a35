import SluiceModel

/// How simulated devices are: a text file, read at each look and each sample, so that a test or a
/// demonstration changes it while the daemon runs. Write it anew under another name and rename it:
/// then no half of it is read. Where there is no file, all simulated devices are idle and well.
///
///     # DEVICE WORD VALUE, a line for each.
///     gpu0 used 2147483648         bytes; without this line, what its processes have
///     gpu0 utilisation 80          percent
///     gpu0 temperature 71          degrees Celsius
///     gpu0 power 310000            milliwatts
///     gpu0 process 4711 1073741824 the process 4711 has so many bytes of it
///     gpu0 fault Xid 48: double-bit ECC error
///     gpu0 lost
///
/// A fault is told when the line comes, and again when its text changes; a device has no samples
/// while it has one.
struct Simulation {
    struct Device: Hashable {
        var sample = DeviceSample()
        var fault: String?
        var isLost = false
    }

    struct State: Hashable {
        var devices: [String: Device] = [:]
        var notes: [String] = []
    }

    var path: String

    func read() -> State {
        guard let text = SmallFile.text(path) else { return State() }
        var state = State()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let words = line.split(separator: " ")
            guard let name = words.first, !name.hasPrefix("#") else { continue }
            var device = state.devices[String(name)] ?? Device()
            guard Self.take(words.dropFirst(), into: &device) else {
                // One is enough to find the mistake.
                if state.notes.isEmpty {
                    state.notes.append("\(path):\(number + 1): not understood")
                }
                continue
            }
            state.devices[String(name)] = device
        }
        return state
    }

    private static func take(_ words: ArraySlice<Substring>, into device: inout Device) -> Bool {
        guard let word = words.first else { return false }
        let rest = words.dropFirst()
        let numbers = rest.map { Int($0) ?? -1 }
        switch (word, numbers.count) {
        case ("lost", 0): device.isLost = true
        case ("fault", 1...): device.fault = rest.joined(separator: " ")
        case ("used", 1) where 0...Limits.memoryBytes ~= numbers[0]: device.sample.used = numbers[0]
        case ("utilisation", 1) where 0...100 ~= numbers[0]: device.sample.utilisation = numbers[0]
        case ("temperature", 1) where 0...1000 ~= numbers[0]: device.sample.temperature = numbers[0]
        case ("power", 1) where 0...1_000_000_000 ~= numbers[0]: device.sample.power = numbers[0]
        case ("process", 2) where 0...Limits.memoryBytes ~= numbers[1]:
            guard let process = Int32(exactly: numbers[0]), process > 0 else { return false }
            device.sample.processes.append(DeviceProcess(process: process, bytes: numbers[1]))
        default: return false
        }
        return true
    }
}
