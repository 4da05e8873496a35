import SluiceEngine
import SluiceModel
import SluiceWire

// Devices as the control socket shows them.

extension Control.Device {
    init(_ view: DeviceView) {
        let description = view.description
        self.init(device: description.name, kind: Control.DeviceKind(description.kind))
        model = description.model.isEmpty ? nil : description.model
        identity = description.identity
        paths = description.paths
        cordons = view.cordons.map { Control.CordonReason($0) }
        if !cordons.isEmpty { state = cordons.contains { $0.kind == .lost } ? .lost : .cordoned }
        sampleAgeSeconds = view.sampleAge?.inSeconds
        memoryTotalBytes = description.memory
        memoryUsedBytes = view.sample?.used
        memoryHeldBytes = view.held
        memoryForeignBytes = view.foreign
        memoryFreeBytes = view.free
        reserve = view.reserve
        utilisation = view.sample?.utilisation
        temperature = view.sample?.temperature
        maxTemperature = view.maxTemperature
        powerWatts = view.sample?.power.map { Double($0) / 1000 }
        uncordonAfter = view.uncordonAfter?.inSeconds
        running = view.running
        queues = view.queues
        holders = view.holders.map { Control.DeviceHolder($0) }
        strangers = view.strangers.map { process in
            Control.DeviceProcess(
                pid: process.process, name: process.name.isEmpty ? nil : process.name,
                bytes: process.bytes)
        }
        promisedTo = view.promisedTo
    }
}

extension Control.DeviceHolder {
    init(_ view: DeviceView.Holder) {
        self.init(
            worker: view.worker?.rawValue, name: view.name,
            pid: view.process > 0 ? view.process : nil)
        lease = view.hasLease
        exclusive = view.isExclusive
        leasedBytes = view.leased
        reservedBytes = view.reserved
        seenBytes = view.seen
        running = view.batches
        gone = view.isGone
    }
}

extension Control.CordonReason {
    init(_ reason: DeviceView.Reason) {
        self.init(
            kind: Control.CordonKind(reason.cordon), reason: reason.cordon.reason,
            sinceSeconds: reason.since.inSeconds,
            endsInSeconds: reason.endsIn.map { max(0, $0.inSeconds) })
    }
}

extension Control.CordonKind {
    init(_ cordon: Cordon) {
        switch cordon {
        case .byOperator: self = .operator
        case .lost: self = .lost
        case .fault: self = .fault
        case .hot: self = .hot
        case .hung: self = .hung
        }
    }
}

extension Control.DeviceKind {
    init(_ kind: DeviceKind) {
        switch kind {
        case .nvidia: self = .nvidia
        case .amd: self = .amd
        case .generic: self = .generic
        case .simulated: self = .simulated
        }
    }
}

extension Control.Queue {
    /// Where its batches run.
    mutating func fillDevices(from view: QueueView) {
        devices = view.devices
        perDeviceLimit = view.perDeviceLimit.number
        switch view.selection {
        case .unbound: selection = .none
        case .all: selection = .all
        case .named(let names):
            selection = .named
            missingDevices = names.filter { !view.devices.contains($0) }
        }
    }
}

extension Control.ListDevices.Reply {
    /// Processes on one page, where it is not of a single device: a thousand workers may have
    /// sixteen devices each, and no reply shall be too long.
    private static let longest = 4096

    /// The devices behind a given one, as many as fit.
    init(_ views: [DeviceView], after: String?) {
        let rest =
            after.map { name in
                views.drop { $0.description.name != name }.dropFirst()
            } ?? views[...]
        var processes = 0
        let page = rest.prefix { view in
            processes += view.holders.count + view.strangers.count
            return processes <= Self.longest
        }
        let shown = page.isEmpty ? rest.prefix(1) : page
        self.init(
            devices: shown.map { Control.Device($0) },
            next: shown.count < rest.count ? shown.last?.description.name : nil)
    }
}
