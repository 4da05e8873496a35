import SluiceModel
import Testing

@testable import SluiceDevices

@Suite struct InventoryTests {
    static func findings(_ identities: [String?], kind: DeviceKind = .nvidia) -> DeviceFindings {
        var findings = DeviceFindings()
        for (index, identity) in identities.enumerated() {
            guard let identity else { continue }
            let description = DeviceDescription(name: "", kind: kind, identity: identity)
            findings.devices.append(
                FoundDevice(key: identity, index: index, description: description))
        }
        findings.count = identities.count
        return findings
    }

    static func names(_ listing: DeviceInventory.Listing) -> [String] {
        listing.devices.map(\.description.name)
    }

    @Test("What a program calls itself is shown without what a terminal would obey")
    func processNames() throws {
        let machine = try Machine()
        try machine.remove("proc")
        try machine.write("proc/7/comm", "a b\u{1B}[31m\u{E9}\n")
        try machine.write("proc/7/stat", "7 (a) ) S 3 1 1\n")
        try machine.write("proc/3/stat", "3 (x) S 3 1 1\n")
        let table = ProcessTable(root: machine.path)
        #expect(table.name(of: 7) == "a b?[31m?")
        // A process that is its own ancestor, as no kernel has it, ends nothing.
        #expect(table.ancestors(of: 7).count == ProcessTable.ancestors)
        #expect(table.ancestors(of: 4) == [])
    }

    @Test("Devices are numbered through all makes, and one that does not answer keeps its number")
    func numbers() {
        var inventory = DeviceInventory()
        let listing = inventory.list(
            [Self.findings(["a", nil, "c"]), Self.findings(["x"], kind: .amd)], [])
        #expect(Self.names(listing) == ["gpu0", "gpu2", "gpu3"])
        #expect(listing.missing.isEmpty)
    }

    @Test("An entry with an identity names its device, and others make room")
    func identities() {
        var inventory = DeviceInventory()
        let settings = [
            DeviceSettings(name: "gpu0", identity: "B"),
            DeviceSettings(name: "fast", identity: "c"),
        ]
        let listing = inventory.list([Self.findings(["a", "b", "c"])], settings)
        #expect(Self.names(listing) == ["gpu1", "gpu0", "fast"])
        // It takes effect at a reload, too, and what was named by number keeps that.
        let plain = inventory.list([Self.findings(["a", "b", "c"])], [])
        #expect(Self.names(plain) == ["gpu1", "gpu0", "gpu2"])
        let again = inventory.list([Self.findings(["a", "b", "c"])], settings)
        #expect(Self.names(again) == ["gpu1", "gpu0", "fast"])
        #expect(again.missing.isEmpty)
    }

    @Test("A name stays its device's when others are gone, and a new device gets a new one")
    func staysPut() {
        var inventory = DeviceInventory()
        _ = inventory.list([Self.findings(["a", "b"])], [])
        let listing = inventory.list([Self.findings(["b", "new"])], [])
        #expect(Self.names(listing) == ["gpu1", "gpu2"])
        #expect(listing.missing.map(\.name) == ["gpu0"])
    }

    @Test("An entry of which nothing was found is missing, declared names are nobody else's")
    func missing() {
        var inventory = DeviceInventory()
        let settings = [
            DeviceSettings(name: "gpu0", kind: .generic), DeviceSettings(name: "gpu7"),
            DeviceSettings(name: "old", kind: .nvidia, identity: "z"),
            DeviceSettings(name: "wrong", kind: .amd, identity: "b"),
        ]
        let listing = inventory.list([Self.findings(["a", "b"])], settings) { "\($0) is away" }
        #expect(Self.names(listing) == ["gpu1", "gpu2"])
        #expect(listing.missing.map(\.name) == ["gpu0", "gpu7", "old", "wrong"])
        #expect(listing.missing.first?.why == "gpu0 is away")
        #expect(listing.missing.last?.why == "no such device was found")
    }

    @Test("A device of another kind than the configuration says is used, and that is said")
    func kinds() {
        var inventory = DeviceInventory()
        let settings = [DeviceSettings(name: "gpu0", kind: .amd)]
        let listing = inventory.list([Self.findings(["a"])], settings)
        #expect(Self.names(listing) == ["gpu0"])
        #expect(
            listing.notes == [
                "gpu0 is of the kind nvidia, and not amd as the configuration says"
            ])
    }

    @Test("More than 64 devices of all kinds are said, and the last are not used")
    func tooMany() {
        var inventory = DeviceInventory()
        let first = Self.findings((0..<40).map { "a\($0)" })
        let second = Self.findings((0..<26).map { "b\($0)" }, kind: .amd)
        let listing = inventory.list([first, second], [])
        #expect(listing.devices.count == 64)
        #expect(listing.notes == ["66 devices; at most 64 are used, so not gpu64, gpu65"])
        #expect(listing.missing.isEmpty)
    }
}
