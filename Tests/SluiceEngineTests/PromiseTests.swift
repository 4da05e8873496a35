import SluiceEngine
import SluiceModel
import Testing

@Suite("What is kept free of devices is kept for somebody who can use it, and for nobody else")
struct PromiseTests {
    /// A device of 16 GiB for eight batches; A takes 4 GiB, `big` 14 GiB.
    private func lab(bigSlots: Int = 1) -> Lab {
        var lab = Lab.withDevices(1, memory: 16 * gib, perDevice: .at(8))
        lab.attach(worker: 1, "A", slots: 4) {
            $0.concurrencyID = "gpu"
            $0.memory = 4 * gib
        }
        lab.attach(worker: 2, "big", slots: bigSlots) {
            $0.concurrencyID = "gpu"
            $0.memory = 14 * gib
        }
        return lab
    }

    /// And a function of another queue that takes almost all of it.
    private func lab(andElsewhere name: String) -> Lab {
        var lab = lab()
        lab.attach(worker: 3, name) {
            $0.concurrencyID = "other"
            $0.memory = 15 * gib
        }
        return lab
    }

    @Test("Who was behind the one that it was kept for goes when that one leaves")
    func headLeaves() {
        var lab = lab()
        lab.submit("A", "big", "A", "big")
        #expect(lab.grants == [[1]])
        // A younger one waits for the same, and is no reason to keep the older from it.
        lab.cancel(.number(2))
        #expect(lab.grants == [[1], [3]])
    }

    @Test("Nothing is kept for what wants more devices than its worker has")
    func tooFew() {
        var lab = Lab.withDevices(2, perDevice: .at(2))
        lab.lease(worker: 1, "wide") { $0.deviceCount = 2 }
        lab.attach(worker: 2, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.submit("wide", "A", "A", "A", "A")
        #expect(lab.grants == [[2], [3], [4], [5]])
    }

    @Test("Nothing is kept for what wants a device alone and would not fit even then")
    func neverFits() {
        var lab = Lab.withDevices(1, memory: 16 * gib, perDevice: .at(8))
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.attach(worker: 2, "huge") {
            $0.concurrencyID = "gpu"
            $0.memory = 20 * gib
            $0.exclusive = true
        }
        lab.submit("A", "huge", "A")
        #expect(lab.grants == [[1], [3]])
    }

    @Test("A promise that an older one took over is back when that one has gone")
    func takenOver() {
        var lab = lab(andElsewhere: "older")
        lab.turn([.configured(Self.bothBound)])
        lab.command(.pause(.function("older")))
        lab.submit("A", "older", "big", "A")
        #expect(lab.grants == [[1]])
        lab.command(.resume(.function("older")))
        lab.cancel(.number(2))
        // The device is kept for what waits longest now.
        #expect(lab.grants == [[1]])
        lab.finish(.number(1))
        #expect(lab.grants.last == [3])
    }

    @Test("Nothing is kept for what found no room: whom that held up goes at once")
    func noRoom() {
        var lab = lab(andElsewhere: "small")
        var configuration = Self.bothBound
        configuration.queues["other"]?.maxSize = .at(0)
        lab.turn([.configured(configuration)])
        lab.submit("A")
        let numbers = lab.submit("small", "A")
        #expect(lab.code(of: numbers[0]) == .queueFull)
        #expect(lab.nextDeadline == .zero)
        lab.turn([])
        #expect(lab.grants == [[1], [3]])
        #expect(lab.nextDeadline == nil)
    }

    private static var bothBound: Configuration {
        var configuration = Configuration()
        for queue in ["gpu", "other"] {
            configuration.queues[queue] = QueueSettings(devices: .all, perDeviceLimit: .at(8))
        }
        return configuration
    }

    @Test("What one worker can never run is kept for by another that can")
    func otherWorker() {
        var lab = Lab.withDevices(2)
        lab.lease(worker: 1, "wide", request: LeaseRequest(devices: ["gpu0"])) {
            $0.deviceCount = 2
        }
        lab.attach(worker: 2, "wide") {
            $0.concurrencyID = "gpu"
            $0.deviceCount = 2
        }
        lab.attach(worker: 3, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.submit("A", "wide", "A")
        #expect(lab.grants == [[1]])
        lab.finish(.number(1))
        #expect(lab.grants.last == [2])
    }

    @Test("Nothing is kept for what lacks a worker as well")
    func noWorker() {
        var lab = Lab.withDevices(2, perDevice: .at(2))
        lab.attach(worker: 1, "wide") {
            $0.concurrencyID = "gpu"
            $0.deviceCount = 2
            $0.exclusive = true
        }
        lab.attach(worker: 2, "A", slots: 4) { $0.concurrencyID = "gpu" }
        lab.turn([.declared(WorkerID(rawValue: 1), Declaration(function: "free"))])
        lab.submit("A", "wide", "A")
        #expect(lab.grants == [[1]])
        // Its worker has something else in hand, that needs no device.
        lab.submit("free")
        #expect(lab.grants == [[1], [4], [3]])
    }
}
