import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite struct CallCommandTests {
    private func command(
        _ target: Control.Target, _ values: [String: Control.SettingValue]
    ) throws -> Command? {
        try Control.Call.set(Control.Set(target: target, values: values)).command
    }

    @Test("What is set becomes overrides, in the order of the keys")
    func sets() throws {
        #expect(
            try command(
                .queue("q"),
                ["max_wait": .number(1.5), "concurrency_limit": .none, "max_size": .inherited])
                == .set(
                    .queue("q"),
                    [
                        .concurrencyLimit(Limit.none), .maxSize(nil), .maxWait(.milliseconds(1500)),
                    ]))
        #expect(
            try command(.queue("q"), ["per_device_limit": .number(2)])
                == .set(.queue("q"), [.perDeviceLimit(.at(2))]))
        #expect(
            try command(.function("f"), ["max_batch_size": .number(8)])
                == .set(.function("f"), [.maxBatchSize(8)]))
        #expect(
            try command(.daemon, ["max_running": .number(0)])
                == .set(.daemon, [.maxRunning(.at(0))]))
    }

    @Test("A key that the target does not have is refused with those it has")
    func notAKey() {
        #expect(
            throws: ControlError.notAKey(
                "max_running", of: .queue("q"),
                keys: ["concurrency_limit", "max_size", "max_wait", "per_device_limit"])
        ) { try command(.queue("q"), ["max_running": .number(1)]) }
        #expect(throws: ControlError.notAKey("max_size", of: .worker(1), keys: [])) {
            try command(.worker(1), ["max_size": .number(1)])
        }
    }

    @Test(
        "A value that the key cannot have is refused",
        arguments: [
            Control.SettingValue.number(1.5), .number(-1), .number(1e300), .number(.infinity),
        ])
    func outOfRange(value: Control.SettingValue) {
        #expect(throws: ControlError.self) { try command(.queue("q"), ["max_size": value]) }
    }

    @Test("A duration is bounded, and not none")
    func durations() {
        for value in [Control.SettingValue.none, .number(-1), .number(1e10), .number(.nan)] {
            #expect(throws: ControlError.self) { try command(.queue("q"), ["max_wait": value]) }
        }
    }

    @Test("Holds and the rest name what they are about, and reads are no commands")
    func others() throws {
        let target = Control.Target.worker(7)
        #expect(
            try Control.Call.pause(.init(target: target)).command
                == .pause(.worker(WorkerID(rawValue: 7))))
        #expect(try Control.Call.resume(.init(target: .daemon)).command == .resume(.daemon))
        #expect(try Control.Call.drain(.init(target: .queue("q"))).command == .drain(.queue("q")))
        #expect(
            try Control.Call.cancel(.init(id: 3)).command == .cancel(RequestID(rawValue: 3)))
        #expect(
            try Control.Call.forget(.init(function: "f")).command == .forget(function: "f"))
        #expect(try Control.Call.status(.init()).command == nil)
        #expect(try Control.Call.reload(.init()).command == nil)
    }

    @Test("What is said of a cordoned device is one line, and bounded")
    func reasons() throws {
        func command(_ reason: String?) throws -> Command? {
            try Control.Call.cordon(.init(device: "gpu0", reason: reason)).command
        }
        #expect(try command(nil) == .cordon(device: "gpu0", reason: ""))
        let longest = String(repeating: "x", count: Limits.reasonBytes)
        #expect(try command(longest) == .cordon(device: "gpu0", reason: longest))
        for wrong in [longest + "x", "two\nlines", "\u{1B}[2J"] {
            #expect(
                throws: ControlError.valueOutOfRange(
                    key: "reason", value: "\(wrong.utf8.count) bytes",
                    allowed: "one line of at most 256 bytes")
            ) { try command(wrong) }
        }
    }

    @Test("To cordon takes the right to change, to look at devices does not")
    func rights() {
        #expect(Control.Call.cordon(.init(device: "gpu0")).changes)
        #expect(Control.Call.uncordon(.init(device: "gpu0")).changes)
        #expect(!Control.Call.listDevices(.init()).changes)
    }

    @Test("Changes are kept unless they are for the running daemon only")
    func kept() {
        #expect(Control.Call.pause(.init(target: .daemon)).isKept)
        #expect(!Control.Call.pause(.init(target: .daemon, runtime: true)).isKept)
        #expect(Control.Call.forget(.init(function: "f")).isKept)
        #expect(!Control.Call.cancel(.init(id: 1)).isKept)
        #expect(Control.Call.cordon(.init(device: "gpu0")).isKept)
        #expect(!Control.Call.cordon(.init(device: "gpu0", runtime: true)).isKept)
        #expect(!Control.Call.uncordon(.init(device: "gpu0", runtime: true)).isKept)
    }
}
