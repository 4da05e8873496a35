import SluiceModel
import SluiceWire
import Testing

@testable import sluicectl

@Suite("What the tool prints of devices")
struct DeviceViewTests {
    let plain = Style.plain

    @Test("Devices show what is free of them, when that was seen, and why some are not used")
    func devices() throws {
        let text = devicesText(Machine.devices, style: plain)
        #expect(!text.contains("\u{1B}"))
        try expectGolden(text, "devices.txt")
        try expectGolden(jsonList(Machine.devices), "devices.json")
        #expect(devicesText([], style: plain).contains("sluiced.toml(5)"))
    }

    @Test("What was seen long ago looks older than what was seen now")
    func stale() {
        let (fresh, stale) = (Machine.devices[0], Machine.devices[1])
        #expect(fresh.memoryCell.tone == .plain)
        #expect(stale.memoryCell.tone == .faint)
        #expect(stale.temperatureCell.tone == .faint)
        #expect(Machine.devices[2].ageCell.text == "never")
    }

    @Test("However narrow it is no row wraps")
    func narrow() throws {
        let views: [(Style) -> String] = [
            { devicesText(Machine.devices, style: $0) },
            { functionsText(Machine.functionsWithNeeds, style: $0) },
            { workersText(Machine.workersWithDevices, style: $0) },
        ]
        for width in 1...120 {
            for view in views {
                let rows = view(Style(coloured: false, width: width)).split(separator: "\n")
                    .filter { !$0.hasPrefix("warning:") }
                #expect(rows.allSatisfy { columns(of: String($0)) <= max(width, 4) }, "\(width)")
            }
        }
        let text = [120, 80, 60, 40].map { (width: Int) -> String in
            "== \(width) columns\n"
                + views.map { $0(Style(coloured: false, width: width)) }.joined(separator: "\n")
        }
        try expectGolden(text.joined(separator: "\n"), "devices-narrow.txt")
    }

    @Test("A device shows whose its memory is, and who is on it")
    func device() throws {
        let text = Machine.devices.map { deviceText($0, style: plain) }.joined(separator: "\n")
        #expect(!text.contains("\u{1B}"))
        try expectGolden(text, "device.txt")
    }

    @Test("A queue that is bound to devices shows to which, and who said how much runs on each")
    func queue() throws {
        let bound = Machine.boundQueue
        var alone = bound
        (alone.selection, alone.missingDevices, alone.devices) = (.all, [], [])
        let text = [bound, alone].map { queue in
            queueText(
                .init(queue: queue, functions: Machine.functionsWithNeeds), style: plain)
        }
        try expectGolden(text.joined(separator: "\n"), "queue-devices.txt")
    }

    @Test("Status says how many devices there are, and how many of them are not used")
    func status() {
        var daemon = Machine.daemon
        #expect(!statusText(daemon, queues: [], style: plain).contains("devices"))
        daemon.devices = 2
        #expect(statusText(daemon, queues: [], style: plain).contains(" devices  2\n"))
        daemon.devicesCordoned = 1
        #expect(statusText(daemon, queues: [], style: plain).contains(" devices  2, 1 cordoned\n"))
    }

    @Test("The screen of top has a section of devices where there are any")
    func top() throws {
        var sample = Screens.sample
        sample.devices = Machine.devices
        (sample.daemon.devices, sample.daemon.devicesCordoned) = (4, 2)
        sample.workers = Machine.workersWithDevices
        let model = Screens.model(sample)
        let text = [(120, 30), (80, 24), (60, 18), (40, 12)].map { columns, rows in
            "\(columns)x\(rows)\n" + Screens.seen(model, columns, rows)
        }
        try expectGolden(text.joined(separator: "\n"), "top-devices.txt")
        try expectGolden(topText(sample, host: "rack4", style: plain), "top-once-devices.txt")
        for rows in 0...45 {
            for columns in [1, 7, 40, 64, 80, 200] {
                #expect(Screens.lines(model, columns, rows).count == rows)
            }
        }
    }

    @Test("A gauge is empty for nothing alone, and full for all alone")
    func gauges() {
        let bars = Bars.ascii
        #expect(bars.gauge(0, of: 100, columns: 4) == "____")
        #expect(bars.gauge(1, of: 100, columns: 4) == "#___")
        #expect(bars.gauge(50, of: 100, columns: 4) == "##__")
        #expect(bars.gauge(99, of: 100, columns: 4) == "###_")
        #expect(bars.gauge(100, of: 100, columns: 4) == "####")
        #expect(bars.gauge(300, of: 100, columns: 4) == "####")
        #expect(bars.gauge(1, of: 0, columns: 4) == "")
    }

    @Test("A cordon says of which kind it is, and not twice")
    func phrases() {
        func phrase(_ kind: Control.CordonKind, _ reason: String) -> String {
            Control.CordonReason(kind: kind, reason: reason, sinceSeconds: 2).phrase
        }
        #expect(phrase(.operator, "a new fan") == "a new fan (operator), for 2.0s")
        #expect(phrase(.operator, "by an operator") == "by an operator, for 2.0s")
    }

    @Test("A reason of several words needs no quotes")
    func reason() throws {
        let command = try CordonCommand.parse(["gpu0", "a", "new", "fan", "--runtime"])
        #expect(command.device == "gpu0")
        #expect(command.reason == ["a", "new", "fan"])
        #expect(command.runtime)
        #expect(throws: (any Error).self) { try UncordonCommand.parse([]) }
    }

    @Test("The unit of a part is said once where the whole has the same")
    func parts() {
        #expect(part(1 << 30, of: 16 << 30) == "1.0/16 GiB")
        #expect(part(300 << 20, of: 16 << 30) == "300 MiB/16 GiB")
        #expect(part(0, of: 16 << 30) == "0 B/16 GiB")
    }
}
