import SluiceEngine
import SluiceModel
import Testing

@Suite("Devices: every batch of a bound queue holds a place")
struct DevicePlaceTests {
    @Test("Two devices make two places, whoever asks; each batch is told its own")
    func places() {
        var lab = Lab.withDevices(2)
        for worker in 1...3 as ClosedRange<UInt64> { lab.join(worker: worker) }
        for (worker, function) in zip([1, 2, 3] as [UInt64], ["A", "B", "C"]) {
            lab.serve(worker: worker, [function])
        }
        #expect(lab.queue("gpu")?.concurrencyLimit == .at(2))
        lab.submit("A", "B", "C")
        #expect(lab.grants == [[1], [2]])
        #expect(lab.placements == [["gpu0"], ["gpu1"]])
        lab.finish(.number(1))
        #expect(lab.grants.last == [3])
        #expect(lab.placements.last == ["gpu0"])
    }

    @Test("per_device_limit lets more run on one device")
    func perDevice() {
        var lab = Lab.withDevices(1, perDevice: .at(2))
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.submit("A", "A", "A")
        #expect(lab.queue("gpu")?.concurrencyLimit == .at(2))
        #expect(lab.placements == [["gpu0"], ["gpu0"]])
        lab.command(.set(.queue("gpu"), [.perDeviceLimit(.at(3))]))
        #expect(lab.placements.count == 3)
    }

    @Test("A limit that a function declares holds beside the places")
    func declared() {
        var lab = Lab.withDevices(4)
        lab.attach(worker: 1, "A", slots: 4) {
            $0.concurrencyID = "gpu"
            $0.concurrencyLimit = .at(1)
        }
        lab.submit("A", "A")
        #expect(lab.grants.count == 1)
    }

    @Test("A queue that names devices keeps to them, and a worker elsewhere cannot serve it")
    func named() {
        var lab = Lab { $0.queues["gpu"] = QueueSettings(devices: .named(["gpu1"])) }
        lab.turn([.devicesFound([.simulated(0), .simulated(1)])])
        lab.lease(worker: 1, "A", request: LeaseRequest(devices: ["gpu0"]))
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        #expect(lab.explain(.number(1))?.blocker == .device)
        #expect(lab.explain(.number(1))?.message.contains("is not bound") == true)
        lab.attach(worker: 2, "A") { $0.concurrencyID = "gpu" }
        #expect(lab.placements == [["gpu1"]])
    }

    @Test("Without a device nothing starts, and explain says so")
    func none() {
        var lab = Lab.withDevices(0)
        lab.attach(worker: 1, "A") { $0.concurrencyID = "gpu" }
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        #expect(lab.explain(.number(1))?.blocker == .device)
        lab.turn([.devicesFound([.simulated(0)])])
        #expect(lab.placements == [["gpu0"]])
    }

    @Test("Several devices are given at once or not at all, and are kept for who waits for them")
    func several() {
        var lab = Lab.withDevices(2)
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.attach(worker: 2, "B") {
            $0.concurrencyID = "gpu"
            $0.deviceCount = 2
        }
        lab.submit("A", "A", "B", "A", "A")
        #expect(lab.grants == [[1], [2]])
        lab.finish(.number(1))
        // gpu0 is free, and older than what would fit there is what wants both.
        #expect(lab.grants.count == 2)
        #expect(lab.explain(.number(4))?.message.contains("kept free") == true)
        lab.finish(.number(2))
        #expect(lab.grants.last == [3])
        #expect(Set(lab.placements.last ?? []) == ["gpu0", "gpu1"])
        lab.finish(.number(3))
        #expect(lab.grants.suffix(2) == [[4], [5]])
    }

    @Test("A promise ends with who waited for it")
    func promiseEnds() {
        var lab = Lab.withDevices(2)
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.attach(worker: 2, "B") {
            $0.concurrencyID = "gpu"
            $0.deviceCount = 2
        }
        lab.submit("A", "A", "B", "A")
        lab.finish(.number(1))
        #expect(lab.grants.count == 2)
        lab.cancel(.number(3))
        #expect(lab.grants.last == [4])
    }

    @Test("Who wants a device alone waits until it is, and then has it alone")
    func exclusive() {
        var lab = Lab.withDevices(1, perDevice: .at(4))
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.attach(worker: 2, "B", slots: 4) {
            $0.concurrencyID = "gpu"
            $0.exclusive = true
        }
        lab.submit("A", "B", "A")
        #expect(lab.grants == [[1]])
        #expect(lab.explain(.number(2))?.blocker == .device)
        lab.finish(.number(1))
        #expect(lab.grants == [[1], [2]])
        lab.finish(.number(2))
        #expect(lab.grants.last == [3])
    }

    @Test("A batch that has a device alone has it so before others of its own worker, too")
    func exclusiveInProcess() {
        var lab = Lab.withDevices(1, perDevice: .at(4))
        lab.join(worker: 1)
        let worker = WorkerID(rawValue: 1)
        let alone = FunctionSettings(concurrencyID: "gpu", exclusive: true)
        lab.turn([
            .declared(worker, Declaration(function: "A", settings: alone)),
            .declared(
                worker,
                Declaration(function: "B", settings: FunctionSettings(concurrencyID: "gpu"))),
            .ready(worker, slots: 4),
        ])
        lab.submit("A", "B")
        #expect(lab.grants == [[1]])
        lab.finish(.number(1))
        #expect(lab.grants.last == [2])
    }

    @Test("A batch that is held over a restart is on its devices again")
    func held() {
        var lab = Lab(after: 10) { $0.queues["gpu"] = QueueSettings(devices: .all) }
        lab.turn([.devicesFound([.simulated(0), .simulated(1)]), .restarted(after: Predecessor())])
        let worker = WorkerID(rawValue: 1)
        let batch = HeldBatch(
            function: "A", items: [.init(request: RequestID(rawValue: 3), attempt: 1)],
            devices: ["gpu1"])
        lab.turn([
            .workerJoined(worker, name: "w", process: 1),
            .declared(
                worker,
                Declaration(function: "A", settings: FunctionSettings(concurrencyID: "gpu"))),
            .holding(worker, GrantID(rawValue: 7), batch), .ready(worker, slots: 4),
        ])
        #expect(lab.device("gpu1")?.running == 1)
        lab.advance(by: .seconds(6))
        lab.submit("A", "A")
        #expect(lab.placements == [["gpu0"]])
    }
}
