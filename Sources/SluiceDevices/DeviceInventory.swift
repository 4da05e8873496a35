import SluiceModel

/// Which device has which name.
///
/// A `[[device]]` with an identity names the device that has it. Every other one that is found is
/// `gpu` and its number: NVIDIA's by their index, then AMD's. A name, once given, stays its
/// device's for as long as the daemon runs: where one falls off the bus the others move up in the
/// driver's order, and must not be taken for it.
struct DeviceInventory {
    /// What there is after a look.
    struct Listing {
        var devices: [Device] = []
        /// Names of those that should be there and are not, and why.
        var missing: [(name: String, why: String)] = []
        var notes: [String] = []
    }

    struct Device {
        /// Its place among the sources.
        var source: Int
        var key: String
        var description: DeviceDescription
    }

    private struct Key: Hashable {
        var source: Int
        var key: String
    }

    /// The names that were given by number, those of devices that are gone included.
    private var numbered: [Key: String] = [:]

    /// - Parameters:
    ///   - findings: of each source, in their order.
    ///   - settings: each name once.
    ///   - loss: why a declared device is not there.
    mutating func list(
        _ findings: [DeviceFindings], _ settings: [DeviceSettings],
        loss: (String) -> String? = { _ in nil }
    ) -> Listing {
        var listing = Listing()
        var base = 0
        for (source, finding) in findings.enumerated() {
            for found in finding.devices {
                var description = found.description
                if description.name.isEmpty {
                    let key = Key(source: source, key: found.key)
                    description.name = name(key, base + found.index, description, settings)
                }
                listing.devices.append(
                    Device(source: source, key: found.key, description: description))
            }
            listing.notes += finding.notes
            base += finding.count
        }
        compare(settings, &listing)
        miss(settings, &listing, loss)
        refuse(&listing)
        return listing
    }

    private mutating func name(
        _ key: Key, _ number: Int, _ description: DeviceDescription, _ settings: [DeviceSettings]
    ) -> String {
        let given = settings.first { $0.isFound && $0.identifies(description) }
        if let given { return given.name }
        let reserved = Set(settings.filter { !$0.isFound || $0.identity != nil }.map(\.name))
        if let name = numbered[key], !reserved.contains(name) { return name }
        let taken = reserved.union(numbered.values)
        // There are as many numbers to try as names taken, and one more.
        let numbers = [number] + Array(0...taken.count)
        let name = numbers.lazy.map { "gpu\($0)" }.first { !taken.contains($0) } ?? "gpu\(number)"
        numbered[key] = name
        return name
    }

    /// Leaves out what is more than the daemon is built for.
    private func refuse(_ listing: inout Listing) {
        let count = listing.devices.count
        guard count > Limits.devices else { return }
        let refused = listing.devices[Limits.devices...].map(\.description.name)
        listing.notes.append(
            "\(count) devices; at most \(Limits.devices) are used, so not "
                + refused.sorted().joined(separator: ", "))
        listing.devices.removeLast(count - Limits.devices)
    }

    /// Says where a device is of another kind than the configuration says.
    private func compare(_ settings: [DeviceSettings], _ listing: inout Listing) {
        for device in listing.devices.map(\.description) {
            let setting = settings.first { $0.name == device.name }
            guard let kind = setting?.kind, kind != device.kind else { continue }
            listing.notes.append(
                "\(device.name) is of the kind \(device.kind.rawValue), and not "
                    + "\(kind.rawValue) as the configuration says")
        }
    }

    private mutating func miss(
        _ settings: [DeviceSettings], _ listing: inout Listing, _ loss: (String) -> String?
    ) {
        let present = Set(listing.devices.map { Key(source: $0.source, key: $0.key) })
        let names = Set(listing.devices.map(\.description.name))
        for setting in settings where !names.contains(setting.name) {
            let why = setting.isFound ? "no such device was found" : loss(setting.name)
            listing.missing.append((setting.name, why ?? "it was not there a moment ago"))
        }
        let known = Set(settings.map(\.name))
        let gone = numbered.filter { !present.contains($0.key) && !names.contains($0.value) }
        for name in gone.values.sorted() where !known.contains(name) {
            listing.missing.append((name, "it is not found any more"))
        }
        // What is gone is remembered, but not without end.
        guard numbered.count > 4 * Limits.devices else { return }
        numbered = numbered.filter { present.contains($0.key) }
    }
}

extension DeviceSettings {
    /// Whether it speaks of a device that is found, and does not declare one.
    fileprivate var isFound: Bool {
        switch kind {
        case .nvidia, .amd, nil: true
        case .generic, .simulated: false
        }
    }

    fileprivate func identifies(_ device: DeviceDescription) -> Bool {
        guard let identity, let other = device.identity else { return false }
        return identity.lowercased() == other.lowercased() && (kind ?? device.kind) == device.kind
    }
}
