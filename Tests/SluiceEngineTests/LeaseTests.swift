import SluiceEngine
import SluiceModel
import Testing

@Suite("Leases: a worker has its devices before it loads its model, until its process is gone")
struct LeaseTests {
    @Test("Each worker gets the emptiest device, and what to put into its environment")
    func emptiest() {
        var lab = Lab.withDevices(2)
        lab.lease(worker: 1, "A")
        lab.lease(worker: 2, "A")
        #expect(lab.leases == [1: ["gpu0"], 2: ["gpu1"]])
        let environment = lab.effects.compactMap { effect in
            if case .bound(_, _, let environment) = effect { environment } else { nil }
        }
        #expect(environment.first == ["CUDA_VISIBLE_DEVICES=GPU-0", "SLUICE_DEVICES=gpu0"])
        lab.submit("A", "A", "A")
        // A worker with devices need not be told of them again.
        #expect(lab.placements == [[], []])
        #expect(lab.device("gpu0")?.running == 1)
    }

    @Test("Who asks before devices are known waits for that")
    func early() {
        var lab = Lab()
        lab.lease(worker: 1, "A")
        #expect(lab.leases.isEmpty)
        lab.turn([.devicesFound([.simulated(0)])])
        #expect(lab.leases == [1: ["gpu0"]])
    }

    @Test(
        "What can never be is refused with what there is",
        arguments: [
            (LeaseRequest(devices: ["gpu7"]), "there is no device gpu7"),
            (LeaseRequest(count: 3), "it wants 3 devices of 2"),
            (LeaseRequest(memory: 20 * gib), "and 0 have that much"),
        ])
    func impossible(_ request: LeaseRequest, _ reason: String) {
        var lab = Lab.withDevices(2, memory: 16 * gib)
        lab.join(worker: 1)
        lab.turn([.leaseAsked(WorkerID(rawValue: 1), request)])
        #expect(lab.dismissals.first?.contains(reason) == true)
        #expect(lab.leases.isEmpty)
    }

    @Test("A second request, and one behind a declaration, are refused")
    func outOfOrder() {
        var lab = Lab.withDevices(2)
        lab.lease(worker: 1, "A")
        lab.turn([.leaseAsked(WorkerID(rawValue: 1), LeaseRequest())])
        lab.attach(worker: 2, "A")
        lab.turn([.leaseAsked(WorkerID(rawValue: 2), LeaseRequest())])
        #expect(lab.dismissals.count == 2)
    }

    @Test("A process that asks by two connections at once is given devices once")
    func twice() {
        var lab = Lab.withDevices(2)
        let (first, second) = (WorkerID(rawValue: 1), WorkerID(rawValue: 2))
        lab.turn([
            .workerJoined(first, name: "a", process: 7),
            .workerJoined(second, name: "b", process: 7),
            .leaseAsked(first, LeaseRequest()), .leaseAsked(second, LeaseRequest()),
        ])
        #expect(lab.leases == [1: ["gpu0"]])
        #expect(lab.dismissals.first?.contains("process 7 asks for devices already") == true)
    }

    @Test("Weights are shared out by what is free, and who finds no room waits its turn")
    func memory() {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        lab.lease(worker: 1, "A", request: LeaseRequest(memory: 10 * gib))
        lab.join(worker: 2)
        lab.turn([.leaseAsked(WorkerID(rawValue: 2), LeaseRequest(memory: 10 * gib))])
        lab.join(worker: 3)
        lab.turn([.leaseAsked(WorkerID(rawValue: 3), LeaseRequest(memory: 1 * gib))])
        // The third would fit, and the second would then wait for longer.
        #expect(lab.leases == [1: ["gpu0"]])
        lab.end(worker: 1)
        #expect(lab.leases == [1: ["gpu0"], 2: ["gpu0"], 3: ["gpu0"]])
    }

    @Test("Who serves more than it asked for, and than there is beside others, is told what to say")
    func heavier() {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        let weights = { (settings: inout FunctionSettings) in settings.memory = 10 * gib }
        lab.lease(worker: 1, "A", settings: weights)
        lab.lease(worker: 2, "B", request: LeaseRequest(memory: 2 * gib), settings: weights)
        #expect(lab.leases.count == 2)
        let reason = "its functions weigh 10737418240 bytes, and 6442450944 of device gpu0 are"
        #expect(lab.dismissals.count == 1)
        #expect(lab.dismissals.first?.contains(reason) == true)
        #expect(lab.dismissals.first?.contains("memory= of Worker") == true)
        lab.submit("A", "B")
        #expect(lab.grants == [[1]])
    }

    @Test("Who uses its devices already is not sent away for what it weighs")
    func heavierAndBack() {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        let weights = { (settings: inout FunctionSettings) in settings.memory = 10 * gib }
        lab.lease(worker: 1, "A", settings: weights)
        let held = LeaseRequest(devices: ["gpu0"], isHeld: true)
        lab.lease(worker: 2, "B", request: held, settings: weights)
        // And what a worker that was ready serves besides comes too late for that.
        lab.serve(worker: 1, ["C"], settings: weights)
        #expect(lab.dismissals.isEmpty)
    }

    @Test("An exclusive lease keeps all others away")
    func exclusive() {
        var lab = Lab.withDevices(1)
        lab.lease(worker: 1, "A", request: LeaseRequest(isExclusive: true))
        lab.lease(worker: 2, "B")
        #expect(lab.leases == [1: ["gpu0"]])
        lab.end(worker: 1)
        #expect(lab.leases[2] == ["gpu0"])
    }

    @Test("A lease outlives the connection and ends with the process")
    func process() {
        var lab = Lab.withDevices(1)
        lab.lease(worker: 1, "A", request: LeaseRequest(isExclusive: true))
        lab.lease(worker: 2, "B")
        lab.die(worker: 1)
        #expect(lab.leases[2] == nil)
        #expect(lab.device("gpu0")?.holders.first?.worker == nil)
        lab.turn([.processEnded(1, of: WorkerID(rawValue: 1))])
        #expect(lab.leases[2] == ["gpu0"])
    }

    @Test("A process that comes back has its devices still")
    func back() {
        var lab = Lab.withDevices(2)
        lab.lease(worker: 1, "A")
        lab.die(worker: 1)
        let again = WorkerID(rawValue: 9)
        lab.turn([
            .workerJoined(again, name: "w1", process: 1),
            .leaseAsked(again, LeaseRequest(devices: ["gpu0"], isHeld: true)),
        ])
        #expect(lab.leases[9] == ["gpu0"])
        #expect(lab.device("gpu0")?.holders.count == 1)
    }

    @Test("After a restart devices are first given back to who has them")
    func restart() {
        var lab = Lab(after: 10)
        lab.turn([
            .devicesFound([.simulated(0), .simulated(1)]), .restarted(after: Predecessor()),
        ])
        lab.lease(worker: 1, "A", request: LeaseRequest(isExclusive: true))
        lab.lease(
            worker: 2, "A",
            request: LeaseRequest(devices: ["gpu0"], isExclusive: true, isHeld: true))
        #expect(lab.leases == [2: ["gpu0"]])
        lab.advance(by: .seconds(6))
        #expect(lab.leases == [1: ["gpu1"], 2: ["gpu0"]])
    }

    @Test("What is held and is not there any more ends the worker")
    func heldAndGone() {
        var lab = Lab.withDevices(1)
        lab.lease(worker: 1, "A", request: LeaseRequest(devices: ["gpu5"], isHeld: true))
        #expect(lab.dismissals.first?.contains("it holds gpu5") == true)
    }

    @Test("Who waits has every device looked at, from the moment it is found until it is refused")
    func lookedAt() {
        var lab = Lab(after: 10)
        lab.turn([.restarted(after: Predecessor())])
        lab.lease(worker: 1, "A", request: LeaseRequest(devices: ["gpu7"]))
        lab.turn([.devicesFound([.simulated(0)])])
        #expect(lab.sampled == ["gpu0"])
        lab.advance(by: .seconds(6))
        #expect(lab.dismissals.count == 1)
        lab.advance(by: .seconds(11))
        #expect(lab.sampled == [])
    }

    @Test("A larger reserve that leaves no room refuses who waits for it")
    func reserve() {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        lab.lease(worker: 1, "A", request: LeaseRequest(memory: 12 * gib))
        lab.lease(worker: 2, "A", request: LeaseRequest(memory: 12 * gib))
        #expect(lab.dismissals.isEmpty)
        var configuration = Configuration()
        var settings = DeviceSettings(name: "gpu0")
        settings.reserve = 8 * gib
        configuration.devices = [settings]
        lab.turn([.configured(configuration)])
        #expect(lab.dismissals.first?.contains("beside their reserve") == true)
    }

    @Test("A process that is back before its old connection is seen to end keeps its devices")
    func overtaken() {
        var lab = Lab.withDevices(1)
        lab.lease(worker: 1, "A", request: LeaseRequest(isExclusive: true))
        let again = WorkerID(rawValue: 9)
        lab.turn([
            .workerJoined(again, name: "w1", process: 1),
            .leaseAsked(again, LeaseRequest(devices: ["gpu0"], isHeld: true)),
        ])
        // The old connection gets nothing more.
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        lab.die(worker: 1)
        lab.serve(worker: 9, ["A"])
        #expect(lab.grants == [[1]])
        #expect(lab.workers().map(\.devices) == [["gpu0"]])
    }

    @Test("So does one that is back twice before devices are known, by its last connection")
    func overtakenEarly() {
        var lab = Lab(after: 10)
        lab.turn([.restarted(after: Predecessor())])
        let held = LeaseRequest(devices: ["gpu0"], isHeld: true)
        for connection: UInt64 in [8, 9] {
            let again = WorkerID(rawValue: connection)
            lab.turn([
                .workerJoined(again, name: "w1", process: 1), .leaseAsked(again, held),
            ])
        }
        #expect(lab.dismissals.isEmpty)
        lab.turn([.devicesFound([.simulated(0)])])
        #expect(lab.leases[9] == ["gpu0"])
        #expect(lab.dismissals.count == 1)
        lab.serve(worker: 9, ["A"])
        lab.submit("A")
        lab.advance(by: .seconds(6))
        #expect(lab.grants == [[1]])
    }

    @Test("What had a device alone has it until its process is gone, or says what it runs")
    func exclusiveResidue() {
        var lab = Lab.withDevices(1, perDevice: .at(4))
        lab.attach(worker: 1, "A") {
            $0.concurrencyID = "gpu"
            $0.exclusive = true
        }
        lab.attach(worker: 2, "B") { $0.concurrencyID = "gpu" }
        lab.submit("A")
        lab.start(.number(1))
        lab.die(worker: 1)
        lab.submit("B")
        #expect(lab.grants == [[1]])
        // It is back, holds nothing any more, and wants nothing.
        let again = WorkerID(rawValue: 9)
        lab.turn([.workerJoined(again, name: "w1", process: 1), .ready(again, slots: 0)])
        #expect(lab.grants.last == [2])
    }

    @Test("Devices are given once a turn, when all that happened is known")
    func once() {
        var lab = Lab.withDevices(1)
        lab.join(worker: 1)
        lab.turn([
            .leaseAsked(WorkerID(rawValue: 1), LeaseRequest()),
            .deviceTroubled("gpu0", .lost("GPU is lost")),
        ])
        #expect(lab.leases.isEmpty)
    }
}
