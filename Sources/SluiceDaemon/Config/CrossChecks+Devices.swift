import SluiceModel

/// What is said of devices, held against each other, and what queues and functions say of them.
extension CrossChecks {
    /// Whether the device is declared, or describes one that is found.
    private func isDeclared(_ device: DeviceSettings) -> Bool {
        switch device.kind {
        case .generic, .simulated: true
        case .nvidia, .amd, nil: false
        }
    }

    func devices(_ findings: inout Findings) {
        let devices = checked.engine.devices
        if devices.count > Limits.devices {
            findings.errors.append(
                at(["device"], "\(devices.count) devices; at most \(Limits.devices) may be known"))
        }
        var identities: [String: String] = [:]
        for device in devices where !wrongDevices.contains(device.name) {
            let table = ["device", device.name]
            if isDeclared(device) {
                declared(device, at: table, &findings)
            } else {
                found(device, at: table, &findings)
            }
            guard let identity = device.identity?.lowercased() else { continue }
            if let other = identities[identity] {
                let message = "is that of \(other), too: one of the two is another device"
                findings.errors.append(at(table + ["identity"], message))
            }
            identities[identity] = device.name
        }
    }

    private func declared(
        _ device: DeviceSettings, at table: [String], _ findings: inout Findings
    ) {
        if device.kind == .generic, device.paths.isEmpty {
            findings.errors.append(
                at(table + ["paths"], "a generic device needs the nodes that it is reached by"))
        }
        if device.kind == .simulated, !device.paths.isEmpty {
            findings.errors.append(
                at(table + ["paths"], "nothing stands behind a simulated device"))
        }
        guard let reserve = device.reserve, reserve > 0, reserve >= device.memory ?? 0 else {
            return
        }
        let message =
            device.memory == nil
            ? "has no effect: no memory is declared" : "not less than memory, so nothing is left"
        findings.warnings.append(at(table + ["reserve"], message))
    }

    private func found(
        _ device: DeviceSettings, at table: [String], _ findings: inout Findings
    ) {
        if !device.paths.isEmpty {
            findings.errors.append(at(table + ["paths"], "only of kind = \"generic\""))
        }
        if device.memory != nil {
            let message = "only of kind = \"generic\" or \"simulated\": of others it is found out"
            findings.errors.append(at(table + ["memory"], message))
        }
        if device.identity == nil, device.name.wholeMatch(of: /gpu(0|[1-9][0-9]*)/) == nil {
            findings.errors.append(
                at(
                    table + ["identity"],
                    "which device is it? Without one, and without a kind that declares it, only "
                        + "gpu0, gpu1 and so on are found"))
        }
        if !checked.edge.discoverDevices {
            let message = "has no effect: discover_devices is false"
            findings.warnings.append(at(table + ["name"], message))
        }
    }

    /// What cannot take effect, or can never run.
    func bindings(_ findings: inout Findings) {
        for (name, queue) in checked.engine.queues
        where queue.perDeviceLimit != nil && queue.devices == nil {
            findings.warnings.append(
                at(
                    ["queue", name, "per_device_limit"],
                    "has no effect: the queue is not bound to devices"))
        }
        for (name, function) in checked.engine.functions {
            let queue = function.concurrencyID ?? name
            guard case .named(let devices) = checked.engine.queues[queue]?.devices,
                let count = function.deviceCount, count > devices.count
            else { continue }
            findings.warnings.append(
                at(
                    ["function", name, "device_count"],
                    "\(count) is more than the devices of queue \(queue): it never runs"))
        }
    }
}
