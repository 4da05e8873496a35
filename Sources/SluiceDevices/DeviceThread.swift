import SluiceModel
import SluiceSystem

/// The sampler's own side: the one owner of all drivers.
final class DeviceThread {
    private struct Watch {
        /// Nil: all.
        var names: Set<String>?
        var interval: Duration
        var due: Instant

        func includes(_ others: Set<String>?) -> Bool {
            guard let names else { return true }
            return others.map(names.isSuperset) ?? false
        }
    }

    private let orders: Mailbox<DeviceOrder>
    private let reports: ReportBox
    private var search = DeviceSearch(discovers: false)
    private var sources: [any DeviceSource] = []
    private var declared: Declared?
    private var inventory = DeviceInventory()
    private var devices: [DeviceInventory.Device] = []
    /// Names of those that have no samples until they are found again.
    private var lost: Set<String> = []
    /// What was said at the last look.
    private var notes: Set<String> = []
    private var watch: Watch?

    init(_ orders: Mailbox<DeviceOrder>, _ reports: ReportBox) {
        self.orders = orders
        self.reports = reports
    }

    /// Until it is told to stop.
    func serve() {
        var taken: [DeviceOrder] = []
        while true {
            orders.wait(until: watch?.due)
            orders.drain(into: &taken)
            for order in taken {
                guard obey(order) else { return }
            }
            taken.removeAll(keepingCapacity: true)
            sampleIfDue()
        }
    }

    private func obey(_ order: DeviceOrder) -> Bool {
        switch order {
        case .search(let search): begin(search)
        case .look: look()
        case .watch(let names, let interval):
            let now = Loop.now()
            // Who wants to know of one more waits for it.
            let isMore = watch?.includes(names) != true
            let due = isMore ? now : min(watch?.due ?? now, now + interval)
            if watch == nil { listen() }
            watch = Watch(names: names, interval: interval, due: due)
        case .rest:
            watch = nil
            for source in sources { source.rest() }
        case .stop:
            for source in sources { source.close() }
            return false
        }
        return true
    }

    private func begin(_ search: DeviceSearch) {
        for source in sources { source.close() }
        self.search = search
        let declared = Declared(search)
        self.declared = declared
        sources = [Nvidia(search), Amd(search), declared]
        look()
    }

    private func look() {
        for source in sources { source.rest() }
        let findings = sources.map { $0.look() }
        let listing = inventory.list(findings, search.settings) { declared?.loss(of: $0) }
        devices = listing.devices
        lost = []
        reports.post(.found(devices.map(\.description)))
        for (name, why) in listing.missing {
            reports.post(.troubled(device: name, .lost(why)))
        }
        for note in listing.notes where !notes.contains(note) { reports.post(.note(note)) }
        notes = Set(listing.notes)
        if watch != nil { listen() }
    }

    private func listen() {
        for (index, source) in sources.enumerated() {
            let own = devices.filter { $0.source == index }
            let names = own.map { ($0.key, $0.description.name) }
            source.listen(Dictionary(names) { first, _ in first }, reports)
        }
    }

    private func sampleIfDue() {
        guard let due = watch?.due, due <= Loop.now() else { return }
        // The loop is late: what it has not read yet is as good as what it would be told now.
        if reports.takesSamples { sample() }
        // From now on, so that a slow driver is not asked again at once.
        if let interval = watch?.interval { watch?.due = Loop.now() + interval }
    }

    private func sample() {
        var readings: [DeviceReading] = []
        for device in devices {
            let name = device.description.name
            guard watch?.names?.contains(name) ?? true, !lost.contains(name) else { continue }
            do throws(DeviceFailure) {
                let sample = try sources[device.source].sample(device.key)
                readings.append(DeviceReading(device: name, sample: sample))
            } catch {
                if case .lost = error.trouble { lost.insert(name) }
                reports.post(.troubled(device: name, error.trouble))
            }
        }
        if !readings.isEmpty { reports.post(.sampled(readings)) }
    }
}
