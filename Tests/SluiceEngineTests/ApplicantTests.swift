import SluiceEngine
import SluiceModel
import Testing

@Suite("A worker that waits for devices is kept waiting by nothing that came later")
struct ApplicantTests {
    private let alone = LeaseRequest(isExclusive: true)

    /// A device for four batches, and a worker that runs as many at once.
    private func lab() -> Lab {
        var lab = Lab.withDevices(1, perDevice: .at(4))
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyID = "gpu" }
        return lab
    }

    private func ask(worker: UInt64, _ request: LeaseRequest, of lab: inout Lab) {
        lab.join(worker: worker)
        lab.turn([.leaseAsked(WorkerID(rawValue: worker), request)])
    }

    @Test("Batches that come and go do not keep who wants a device alone waiting for ever")
    func starved() {
        var lab = lab()
        lab.submit("A")
        ask(worker: 2, alone, of: &lab)
        lab.submit("A")
        #expect(lab.grants == [[1]])
        let message = lab.explain(.number(2))?.message
        #expect(message == "device gpu0 is kept free for worker w2, which asked for it")
        lab.finish(.number(1))
        #expect(lab.leases == [2: ["gpu0"]])
        #expect(lab.grants == [[1]])
        lab.end(worker: 2)
        #expect(lab.grants == [[1], [2]])
    }

    @Test("Who wants much memory has it kept free as well, and who would not fit then has not")
    func memory() {
        var lab = Lab.withDevices(1, memory: 16 * gib, perDevice: .at(4))
        lab.attach(worker: 1, "A", slots: 4) {
            $0.concurrencyID = "gpu"
            $0.memory = 4 * gib
        }
        lab.submit("A")
        ask(worker: 2, LeaseRequest(memory: 14 * gib), of: &lab)
        lab.submit("A")
        #expect(lab.grants == [[1]])
        // What a stranger has will not be free when batches end.
        lab.see("gpu0", DeviceSample(used: 8 * gib))
        #expect(lab.grants == [[1], [2]])
    }

    @Test("What was submitted before the worker asked is not kept from the device")
    func older() {
        var lab = lab()
        lab.submit("A")
        lab.command(.pause(.function("A")))
        lab.submit("A")
        ask(worker: 2, alone, of: &lab)
        lab.submit("A")
        lab.command(.resume(.function("A")))
        #expect(lab.grants == [[1], [2]])
        lab.finish(.number(1))
        #expect(lab.leases.isEmpty)
        lab.finish(.number(2))
        #expect(lab.leases == [2: ["gpu0"]])
        #expect(lab.grants.count == 2)
    }

    @Test("Nothing is kept for a worker that went")
    func gone() {
        var lab = lab()
        lab.submit("A")
        ask(worker: 2, alone, of: &lab)
        lab.submit("A")
        #expect(lab.grants == [[1]])
        lab.end(worker: 2)
        #expect(lab.grants == [[1], [2]])
    }

    @Test("Nobody waits behind an older worker for a device that is too small for that")
    func tooSmall() {
        var lab = Lab { $0.queues["gpu"] = QueueSettings(devices: .all) }
        lab.turn([
            .devicesFound([.simulated(0, memory: 8 * gib), .simulated(1, memory: 16 * gib)])
        ])
        let large = LeaseRequest(memory: 12 * gib)
        for worker in [1, 2] as [UInt64] { ask(worker: worker, large, of: &lab) }
        ask(worker: 3, LeaseRequest(memory: 4 * gib), of: &lab)
        #expect(lab.leases == [1: ["gpu1"], 3: ["gpu0"]])
    }

    @Test("What a process does not come back to goes to who waits for it")
    func letGo() {
        var lab = Lab.withDevices(2)
        ask(worker: 1, LeaseRequest(devices: ["gpu0"], isExclusive: true), of: &lab)
        ask(worker: 2, LeaseRequest(devices: ["gpu0"]), of: &lab)
        #expect(lab.leases == [1: ["gpu0"]])
        lab.die(worker: 1)
        let again = WorkerID(rawValue: 9)
        lab.turn([
            .workerJoined(again, name: "w1", process: 1),
            .leaseAsked(again, LeaseRequest(devices: ["gpu1"], isHeld: true)),
        ])
        #expect(lab.leases[2] == ["gpu0"])
    }
}
