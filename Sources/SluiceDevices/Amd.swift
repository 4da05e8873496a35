import SluiceModel

/// AMD's GPUs, as the driver amdgpu shows them in sysfs. Nothing of AMD's is loaded for it.
///
/// Which processes have memory is read from what the compute driver, KFD, tells of its own: that is
/// a file for each process and device, where going through the descriptors of all processes would
/// take privileges and time. Programs that only draw are not in it; what they use is in the sum.
final class Amd: DeviceSource {
    private let isWanted: Bool
    private let root: String
    private let processes: ProcessTable
    /// By the device's address on the bus, which stays while it is in its slot.
    private var cards: [String: Card] = [:]

    private struct Card {
        /// Its directory in sysfs.
        var path: String
        /// What KFD calls it; nil where KFD does not know it.
        var node: String?
    }

    init(_ search: DeviceSearch) {
        isWanted = search.discovers
        root = search.root
        processes = ProcessTable(root: root)
    }

    func look() -> DeviceFindings {
        cards = [:]
        var findings = DeviceFindings()
        guard isWanted else { return findings }
        let folder = "\(root)/sys/class/drm"
        // `card1`, and not `card1-DP-1`, which is a socket of it.
        let numbers = SmallFile.names(in: folder).compactMap { name in
            name.hasPrefix("card") ? Int(name.dropFirst(4)) : nil
        }
        for number in numbers.sorted() {
            let path = "\(folder)/card\(number)/device"
            guard SmallFile.line("\(path)/vendor") == "0x1002",
                SmallFile.exists("\(path)/mem_info_vram_total")
            else { continue }
            defer { findings.count += 1 }
            guard findings.devices.count < Limits.devices else { continue }
            var device = device(number, path)
            let minor = device.description.paths.first.flatMap {
                $0.firstMatch(of: /renderD(\d+)$/)
            }
            let known = minor.flatMap { node(minor: $0.1) }
            // A card without a name of its own is known to ROCm by its place.
            device.description.visibility =
                device.description.visibility
                ?? known.map {
                    DeviceVisibility(variable: "ROCR_VISIBLE_DEVICES", value: "\($0.index)")
                }
            cards[device.key] = Card(path: path, node: known?.id)
            findings.devices.append(device)
        }
        if findings.count > Limits.devices {
            findings.notes.append(
                "\(findings.count) AMD devices; at most \(Limits.devices) are used")
            findings.count = Limits.devices
        }
        return findings
    }

    private func device(_ number: Int, _ path: String) -> FoundDevice {
        let identity = SmallFile.line("\(path)/unique_id").flatMap { isIdentity($0) ? $0 : nil }
        // `PCI_SLOT_NAME=0000:03:00.0`, the address, is where uevent says it.
        let address = SmallFile.text("\(path)/uevent")?.split(separator: "\n")
            .first { $0.hasPrefix("PCI_SLOT_NAME=") }.map { String($0.dropFirst(14)) }
        let id = SmallFile.line("\(path)/device") ?? "?"
        let name = SmallFile.line("\(path)/product_name") ?? "AMD GPU \(id)"
        let nodes = SmallFile.names(in: "\(path)/drm").filter { $0.hasPrefix("renderD") }
        let critical = hwmon(path).flatMap { SmallFile.number("\($0)/temp1_crit") }
        let description = DeviceDescription(
            name: "", kind: .amd, model: name, identity: identity,
            memory: memory(path, "total"),
            paths: (nodes.map { "/dev/dri/\($0)" } + ["/dev/kfd"])
                .filter { SmallFile.exists(root + $0) },
            visibility: identity.map {
                DeviceVisibility(variable: "ROCR_VISIBLE_DEVICES", value: "GPU-\($0)")
            },
            slowdownTemperature: critical.map { $0 / 1000 }.flatMap { 1...1000 ~= $0 ? $0 : nil })
        return FoundDevice(
            key: identity ?? address ?? "card\(number)", index: cards.count,
            description: description)
    }

    private func isIdentity(_ text: String) -> Bool {
        1...64 ~= text.utf8.count && text.allSatisfy(\.isHexDigit)
    }

    /// The folder of its sensors, whose number changes from boot to boot.
    private func hwmon(_ path: String) -> String? {
        SmallFile.names(in: "\(path)/hwmon").first.map { "\(path)/hwmon/\($0)" }
    }

    private func memory(_ path: String, _ which: String) -> Int? {
        SmallFile.number("\(path)/mem_info_vram_\(which)")
            .flatMap { $0 <= Limits.memoryBytes ? $0 : nil }
    }

    func sample(_ key: String) throws(DeviceFailure) -> DeviceSample {
        guard let card = cards[key], SmallFile.exists("\(card.path)/mem_info_vram_total") else {
            throw DeviceFailure(trouble: .lost("amdgpu does not show it any more"))
        }
        var sample = DeviceSample(used: memory(card.path, "used"))
        sample.utilisation = SmallFile.number("\(card.path)/gpu_busy_percent")
            .flatMap { $0 <= 100 ? $0 : nil }
        if let sensors = hwmon(card.path) {
            sample.temperature = SmallFile.number("\(sensors)/temp1_input").map { $0 / 1000 }
                .flatMap { $0 <= 1000 ? $0 : nil }
            // Microwatts; which of the two there is depends on the chip.
            let power =
                SmallFile.number("\(sensors)/power1_average")
                ?? SmallFile.number("\(sensors)/power1_input")
            sample.power = power.map { $0 / 1000 }.flatMap { $0 <= 1_000_000_000 ? $0 : nil }
        }
        sample.processes = processes.complete(card.node.map(processes(on:)) ?? [])
        return sample
    }

    /// The number by which KFD knows the card that has this render node, and how many GPUs it has
    /// before it.
    private func node(minor: Substring) -> (id: String, index: Int)? {
        let folder = "\(root)/sys/class/kfd/kfd/topology/nodes"
        var index = 0
        for node in SmallFile.names(in: folder).compactMap({ Int($0) }).sorted() {
            // Processors are nodes, too, with the number 0.
            guard let id = SmallFile.line("\(folder)/\(node)/gpu_id"), id != "0" else { continue }
            let properties = SmallFile.text("\(folder)/\(node)/properties") ?? ""
            if properties.split(separator: "\n").contains("drm_render_minor \(minor)"[...]) {
                return (id, index)
            }
            index += 1
        }
        return nil
    }

    private func processes(on node: String) -> [DeviceProcess] {
        let folder = "\(root)/sys/class/kfd/kfd/proc"
        return SmallFile.names(in: folder).compactMap { name in
            guard let process = Int32(name),
                let bytes = SmallFile.number("\(folder)/\(name)/vram_\(node)"), bytes > 0
            else { return nil }
            return DeviceProcess(process: process, bytes: ProcessTable.bytes(UInt64(bytes)))
        }
    }
}
