extension Model {
    /// What the model believes of devices, for reading beside a broken rule.
    var deviceLines: [String] {
        guard !equipment.devices.isEmpty else { return [] }
        var lines: [String] = []
        for device in equipment.devices {
            let total = device.description.memory.map { "\($0 >> 20) MiB" } ?? "no memory"
            lines.append(
                "  device \(device.name): \(total), \(reserve(of: device) >> 20) reserve, used"
                    + " \(device.sample?.used.map { $0 >> 20 } ?? -1), cordons"
                    + " \(device.cordons.map { "\($0.cause)" })")
            for (owner, part) in parts(of: device) {
                lines.append(
                    "    \(owner): \(part.leased >> 20) + \(part.running >> 20), seen"
                        + " \(part.seen.map { $0 >> 20 } ?? -1)\(part.stays ? ", stays" : "")"
                        + "\(part.isKeptAlone || part.runsAlone ? ", alone" : "")"
                        + "\(part.isGone ? ", gone" : "")")
            }
        }
        for (index, function) in functions.enumerated() {
            lines.append(
                "  \(function.name): \((weight(of: index) ?? -1) >> 20) +"
                    + " \(weightPerItem(of: index) >> 20) each on \(deviceCount(of: index))"
                    + "\(isExclusive(index) ? ", alone" : "") of"
                    + " \(selection(of: function.queue)) by \(perDeviceLimit(of: function.queue))")
        }
        for worker in workers {
            guard let lease = lease(of: worker) else { continue }
            lines.append("  \(worker.id) has \(lease.devices)")
        }
        return lines + equipment.applicants.map { "  \($0.worker) waits for \($0.request)" }
    }
}
