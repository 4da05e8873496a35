import Foundation
import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("Calls about devices")
struct DeviceCallTests {
    private static let gib = 1 << 30

    private static func gpu(_ number: Int) -> DeviceDescription {
        DeviceDescription(
            name: "gpu\(number)", kind: .simulated, model: "Test", identity: "T-\(number)",
            memory: 16 * gib, paths: ["/dev/test\(number)"])
    }

    private static var bound: Event {
        var configuration = Configuration()
        configuration.queues["gpu"] = QueueSettings(
            devices: .named(["gpu0", "gpu1", "gpu9"]), perDeviceLimit: .at(2))
        var settings = DeviceSettings(name: "gpu0")
        (settings.reserve, settings.maxTemperature) = (gib, .at(90))
        configuration.devices = [settings]
        return .configured(configuration, by: nil)
    }

    private func bench() throws -> (ControlBench, ControlPeer) {
        let bench = try ControlBench()
        let peer = try bench.connect()
        try bench.turn([Self.bound, .devicesFound([Self.gpu(0), Self.gpu(1)])])
        return (bench, peer)
    }

    private func ask<Method: VarlinkMethod>(
        _ method: Method, _ bench: ControlBench, _ peer: ControlPeer
    ) throws -> Method.Reply {
        try peer.send(method)
        try bench.turn()
        let reply = try peer.reply()
        if let error = ControlError(reply) { throw error }
        return try reply.parameters(as: Method.Reply.self)
    }

    @Test("A device that was never looked at shows what is known, and nothing that is not")
    func unseen() throws {
        let (bench, peer) = try bench()
        let devices = try ask(Control.ListDevices(), bench, peer).devices
        #expect(devices.map(\.device) == ["gpu0", "gpu1"])
        let first = try #require(devices.first)
        #expect(first.kind == .simulated)
        #expect((first.model, first.identity) == ("Test", "T-0"))
        #expect(first.paths == ["/dev/test0"])
        #expect(first.state == .usable)
        #expect(first.queues == ["gpu"])
        #expect((first.reserve, first.maxTemperature) == (Self.gib, 90))
        #expect(first.memoryTotalBytes == 16 * Self.gib)
        #expect(first.memoryFreeBytes == 15 * Self.gib)
        #expect(first.memoryUsedBytes == nil && first.sampleAgeSeconds == nil)
        #expect(first.utilisation == nil && first.temperature == nil && first.powerWatts == nil)
    }

    @Test("What was seen is shown with its age, and whose the memory is")
    func seen() throws {
        let (bench, peer) = try bench()
        let worker = WorkerID(rawValue: 1)
        let sample = DeviceSample(
            used: 6 * Self.gib, utilisation: 87, temperature: 64, power: 512_300,
            processes: [
                DeviceProcess(process: 70, ancestors: [41], name: "child", bytes: 3 * Self.gib),
                DeviceProcess(process: 99, name: "", bytes: 2 * Self.gib),
            ])
        try bench.turn([
            .workerJoined(worker, name: "caption", process: 41),
            .leaseAsked(
                worker, LeaseRequest(memory: 2 * Self.gib, devices: ["gpu0"], isExclusive: true)),
        ])
        try bench.turn([.deviceSampled("gpu0", sample)])
        let device = try #require(
            try ask(Control.ListDevices(device: "gpu0"), bench, peer).devices.first)
        #expect(try #require(device.sampleAgeSeconds) >= 0)
        #expect((device.utilisation, device.temperature) == (87, 64))
        #expect(device.powerWatts == 512.3)
        #expect(device.memoryUsedBytes == 6 * Self.gib)
        #expect(device.memoryHeldBytes == 3 * Self.gib)
        #expect(device.memoryForeignBytes == 3 * Self.gib)
        #expect(device.memoryFreeBytes == 9 * Self.gib)
        let holder = try #require(device.holders.first)
        #expect((holder.worker, holder.name, holder.pid) == (1, "caption", 41))
        #expect(holder.lease && holder.exclusive && !holder.gone)
        #expect((holder.leasedBytes, holder.seenBytes) == (2 * Self.gib, 3 * Self.gib))
        #expect(device.strangers == [.init(pid: 99, bytes: 2 * Self.gib)])
        let workers = try ask(Control.ListWorkers(), bench, peer).workers
        #expect(workers.map(\.devices) == [["gpu0"]])
    }

    @Test("A device that is not there is told with the one that was probably meant")
    func unknown() throws {
        let (bench, peer) = try bench()
        let refusal = ControlError.unknownDevice("gpu", nearest: "gpu0")
        #expect(throws: refusal) { try ask(Control.ListDevices(device: "gpu"), bench, peer) }
        #expect(throws: refusal) { try ask(Control.Cordon(device: "gpu"), bench, peer) }
        #expect(throws: refusal) { try ask(Control.Uncordon(device: "gpu"), bench, peer) }
    }

    @Test("A cordon is shown with its reason, counted, and taken back")
    func cordons() throws {
        let (bench, peer) = try bench()
        let cordon = Control.Cordon(device: "gpu1", reason: "a new fan")
        _ = try ask(cordon, bench, peer)
        let device = try #require(
            try ask(Control.ListDevices(device: "gpu1"), bench, peer).devices.first)
        #expect(device.state == .cordoned)
        #expect(device.cordons.map(\.kind) == [.operator])
        #expect(device.cordons.map(\.reason) == ["a new fan"])
        let daemon = try ask(Control.Status(), bench, peer)
        #expect((daemon.devices, daemon.devicesCordoned) == (2, 1))
        _ = try ask(Control.Uncordon(device: "gpu1"), bench, peer)
        #expect(try ask(Control.Status(), bench, peer).devicesCordoned == 0)
        let told = bench.notices.filter {
            switch $0 {
            case .deviceCordoned(_, _, isCommanded: true), .deviceUncordoned(_, isCommanded: true):
                true
            default: false
            }
        }
        #expect(
            told.map { $0.message(by: 1000) } == [
                "device gpu1 is cordoned, nothing more starts on it: a new fan, by user 1000",
                "device gpu1 is used again, by user 1000",
            ])
    }

    @Test("A lost device shows that it is, and cannot be given back")
    func lost() throws {
        let (bench, peer) = try bench()
        _ = try ask(Control.Cordon(device: "gpu0"), bench, peer)
        try bench.turn([.deviceTroubled("gpu0", .lost("it fell off the bus"))])
        let device = try #require(try ask(Control.ListDevices(), bench, peer).devices.first)
        #expect(device.state == .lost)
        #expect(device.cordons.map(\.kind) == [.operator, .lost])
        #expect(device.cordons.map(\.reason) == ["by an operator", "it fell off the bus"])
        #expect(throws: ControlError.deviceLost("gpu0")) {
            try ask(Control.Uncordon(device: "gpu0"), bench, peer)
        }
        let after = try ask(Control.ListDevices(), bench, peer).devices.first
        #expect(after?.cordons.map(\.kind) == [.lost])
    }

    @Test("A cordon is kept, and taken back for good also where the device is not there")
    func kept() throws {
        let directory = "/tmp/sluice-control-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let writer = try FileWriter()
        defer { writer.finish() }
        let bench = try ControlBench(in: directory, writer: writer)
        let peer = try bench.connect()
        try bench.turn([Self.bound, .devicesFound([Self.gpu(0)])])
        func confirmed() throws -> VarlinkReply {
            try bench.turn()
            #expect(try peer.replies().isEmpty)
            var outcomes: [FileWriter.Outcome] = []
            writer.outcomes.wait()
            writer.outcomes.drain(into: &outcomes)
            try bench.turn { for outcome in outcomes { $0.confirm(outcome) } }
            return try peer.reply()
        }
        try peer.send(Control.Cordon(device: "gpu0", reason: "a new fan"))
        #expect(try confirmed().error == nil)
        #expect(bench.plane.overrides.contents.cordons == ["gpu0": "a new fan"])
        try bench.turn([.deviceTroubled("gpu0", .lost("it fell off the bus"))])
        try peer.send(Control.Uncordon(device: "gpu0"))
        #expect(ControlError(try confirmed()) == .deviceLost("gpu0"))
        #expect(bench.plane.overrides.contents.cordons == [:])
        try peer.send(Control.Cordon(device: "gpu0", runtime: true))
        try bench.turn()
        #expect(try peer.reply().error == nil)
        #expect(bench.plane.overrides.contents.cordons == [:])
    }

    @Test("A queue shows what it is bound to and what of that is not there")
    func queues() throws {
        let (bench, peer) = try bench()
        var queue = try ask(Control.GetQueue(concurrencyID: "gpu"), bench, peer).queue
        #expect(queue.selection == .named)
        #expect(queue.devices == ["gpu0", "gpu1"])
        #expect(queue.missingDevices == ["gpu9"])
        #expect(queue.perDeviceLimit == 2 && queue.concurrencyLimit == 4)
        #expect(queue.origins["per_device_limit"] == .configuration)
        let set = Control.Set(target: .queue("gpu"), values: ["per_device_limit": .number(3)])
        #expect(
            try ask(set, bench, peer).changes.contains(
                .init(key: "per_device_limit", old: 2, new: 3, origin: .override)))
        queue = try ask(Control.GetQueue(concurrencyID: "gpu"), bench, peer).queue
        #expect(queue.perDeviceLimit == 3 && queue.concurrencyLimit == 6)
    }

    @Test("Devices that do not fit into one reply come in several, each once")
    func pages() {
        var engine = Engine()
        var effects: [Effect] = []
        let now = Instant(nanoseconds: 0)
        engine.turn([.devicesFound((0..<5).map { Self.gpu($0) })], at: now, into: &effects)
        var views = engine.deviceViews(at: now)
        for (index, processes) in [4000, 90, 9000, 1, 2].enumerated() {
            views[index].strangers = (0..<processes).map { DeviceProcess(process: Int32($0)) }
        }
        var pages: [[String]] = []
        var after: String?
        repeat {
            let page = Control.ListDevices.Reply(views, after: after)
            pages.append(page.devices.map(\.device))
            after = page.next
        } while after != nil
        #expect(pages == [["gpu0", "gpu1"], ["gpu2"], ["gpu3", "gpu4"]])
        #expect(Control.ListDevices.Reply(views, after: "gone").devices.isEmpty)
    }
}
