import SluiceEngine
import SluiceModel
import Testing

@Suite("Device memory is reserved, not hoped for")
struct DeviceMemoryTests {
    /// One device of 16 GiB for up to eight batches, and two functions of 4 GiB and 2 GiB an item.
    private func lab(reserve: Int = 0) -> Lab {
        var lab = Lab.withDevices(1, memory: 16 * gib, perDevice: .at(8)) { configuration in
            var settings = DeviceSettings(name: "gpu0")
            settings.reserve = reserve
            configuration.devices = [settings]
        }
        for (worker, function) in zip([1, 2, 3] as [UInt64], ["A", "B", "C"]) {
            lab.attach(worker: worker, function) { settings in
                settings.concurrencyID = "gpu"
                settings.batch = true
                settings.maxBatchSize = 8
                settings.memory = 4 * gib
                settings.memoryPerItem = 2 * gib
            }
        }
        return lab
    }

    @Test("A batch is made smaller if that makes it fit")
    func smaller() {
        var lab = lab()
        lab.submit(Array(repeating: "A", count: 8))
        #expect(lab.grants.map(\.count) == [6])
        #expect(lab.device("gpu0")?.free == 0)
    }

    @Test("What does not fit waits, and explain says for what")
    func waits() {
        var lab = lab(reserve: 2 * gib)
        lab.submit("A", "B", "C")
        #expect(lab.grants == [[1], [2]])
        let explanation = lab.explain(.number(3))
        #expect(explanation?.blocker == .memory)
        #expect(
            explanation?.message == "a batch of one needs 6 GiB of device gpu0, and 2 GiB of "
                + "16 GiB are free: 12 GiB of workers, 2 GiB reserve")
        lab.finish(.number(1))
        #expect(lab.grants.last == [3])
    }

    @Test("Memory of strangers counts, and is shown with who they are")
    func strangers() {
        var lab = lab()
        let stranger = DeviceProcess(process: 4711, name: "blender", bytes: 9 * gib)
        lab.submit("A")
        lab.see("gpu0", DeviceSample(used: 9 * gib, processes: [stranger]))
        lab.submit("B")
        #expect(lab.grants == [[1]])
        #expect(lab.explain(.number(2))?.message.contains("9 GiB of others") == true)
        #expect(lab.device("gpu0")?.strangers == [stranger])
        lab.see("gpu0", DeviceSample(used: 0))
        #expect(lab.grants.last == [2])
    }

    @Test("What a worker was seen to have counts where it is more than was said")
    func seen() {
        var lab = lab()
        lab.submit("A")
        lab.see(
            "gpu0",
            DeviceSample(used: 13 * gib, processes: [DeviceProcess(process: 1, bytes: 13 * gib)]))
        #expect(lab.device("gpu0")?.held == 13 * gib)
        #expect(lab.device("gpu0")?.foreign == 0)
        lab.submit("B")
        #expect(lab.grants == [[1]])
    }

    @Test("A child's memory is its worker's")
    func children() {
        var lab = lab()
        lab.submit("A")
        let child = DeviceProcess(process: 99, ancestors: [98, 1], bytes: 5 * gib)
        lab.see("gpu0", DeviceSample(used: 5 * gib, processes: [child]))
        #expect(lab.device("gpu0")?.foreign == 0)
        #expect(lab.device("gpu0")?.strangers == [])
    }

    @Test("Where nobody can say whose memory is used, it is taken for what was promised")
    func unknownProcesses() {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        lab.lease(worker: 1, "A", request: LeaseRequest(memory: 10 * gib))
        lab.see("gpu0", DeviceSample(used: 11 * gib, knowsProcesses: false))
        #expect(lab.device("gpu0")?.foreign == gib)
        lab.submit("A")
        #expect(lab.grants == [[1]])
    }

    @Test("Absurd figures of workers and drivers are bounded")
    func absurd() {
        var lab = Lab(after: 10) { $0.queues["gpu"] = QueueSettings(devices: .all) }
        lab.turn([
            .devicesFound([.simulated(0, memory: 16 * gib)]), .restarted(after: Predecessor()),
        ])
        for worker in 1...4 as ClosedRange<UInt64> {
            let id = WorkerID(rawValue: worker)
            let settings = FunctionSettings(
                concurrencyID: "gpu", memory: Limits.memoryBytes,
                memoryPerItem: Limits.memoryBytes)
            let batch = HeldBatch(
                function: "A",
                items: (0..<Limits.batchSize).map { item in
                    .init(request: item == 0 ? RequestID(rawValue: worker) : nil, attempt: 1)
                }, devices: ["gpu0"])
            lab.turn([
                .workerJoined(id, name: "w", process: Int32(worker)),
                .declared(id, Declaration(function: "A", settings: settings)),
                .holding(id, GrantID(rawValue: worker), batch), .ready(id, slots: 1),
            ])
        }
        let all = (0..<100).map { number in
            DeviceProcess(process: Int32(1 + number % 4), bytes: .max)
        }
        lab.see("gpu0", DeviceSample(used: .max, processes: all))
        #expect((lab.device("gpu0")?.free ?? 0) < 0)
    }

    @Test("Who waits for memory has the device looked at, so that it does not wait for ever")
    func looked() {
        var lab = lab()
        lab.see("gpu0", DeviceSample(used: 15 * gib, processes: []))
        #expect(lab.sampled == nil)
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        #expect(lab.sampled == ["gpu0"])
        lab.see("gpu0", DeviceSample(used: 0))
        #expect(lab.grants == [[1]])
    }

    @Test("A worker may go on with what it has, where only the reserve is short")
    func reserveIsShort() {
        var lab = Lab.withDevices(1, memory: 16 * gib) { configuration in
            var settings = DeviceSettings(name: "gpu0")
            settings.reserve = gib
            configuration.devices = [settings]
        }
        lab.lease(worker: 1, "A", request: LeaseRequest(memory: 8 * gib))
        lab.see(
            "gpu0",
            DeviceSample(used: 16 * gib, processes: [DeviceProcess(process: 1, bytes: 16 * gib)]))
        lab.submit("A")
        #expect(lab.grants == [[1]])
    }

    @Test("Memory of a process that died is free when it is seen free, or after a while")
    func seenFree() {
        var lab = lab()
        let busy = DeviceSample(
            used: 12 * gib, processes: [DeviceProcess(process: 1, bytes: 12 * gib)])
        lab.submit("A")
        lab.see("gpu0", busy)
        lab.submit("B")
        lab.end(worker: 1)
        #expect(lab.grants == [[1]])
        // The first look after the end may have begun before it.
        lab.see("gpu0", busy)
        #expect(lab.grants.count == 1)
        lab.see("gpu0", DeviceSample(used: 0))
        #expect(lab.grants.last == [2])
    }

    @Test("What nobody looks at is given up after ten seconds")
    func givenUp() {
        var lab = lab()
        lab.submit(["A", "A", "A", "A", "A"])
        lab.see("gpu0", DeviceSample(used: 0))
        lab.start(.number(1))
        lab.submit("B")
        lab.end(worker: 1)
        #expect(lab.grants.count == 1)
        lab.advance(by: .seconds(11))
        #expect(lab.grants.count == 2)
    }

    @Test("A large batch is not kept waiting by small ones for ever")
    func noStarvation() {
        var lab = lab()
        lab.attach(worker: 4, "big") { settings in
            settings.concurrencyID = "gpu"
            settings.memory = 14 * gib
        }
        lab.submit("A", "big", "B")
        // B would fit, and the device is kept for what is older.
        #expect(lab.grants == [[1]])
        #expect(lab.explain(.number(2))?.blocker == .memory)
        lab.finish(.number(1))
        #expect(lab.grants.last == [2])
        lab.finish(.number(2))
        #expect(lab.grants.last == [3])
    }

    @Test("What can never fit holds up nobody")
    func neverFits() {
        var lab = lab()
        lab.attach(worker: 4, "huge") { settings in
            settings.concurrencyID = "gpu"
            settings.memory = 20 * gib
        }
        lab.submit("huge", "A")
        #expect(lab.grants == [[2]])
    }

    @Test("Weights and what an item takes are learned from what is seen")
    func learned() {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        lab.lease(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = 8
        }
        func seen(_ bytes: Int) -> DeviceSample {
            DeviceSample(used: bytes, processes: [DeviceProcess(process: 1, bytes: bytes)])
        }
        lab.see("gpu0", seen(4 * gib))
        #expect(lab.queue("gpu")?.functions.first?.memory == 4 * gib)
        lab.submit("A", "A", "A", "A")
        lab.see("gpu0", seen(8 * gib))
        #expect(lab.queue("gpu")?.functions.first?.memoryPerItem == gib)
        lab.finish(.number(1))
    }

    @Test("Out of memory lowers the ceiling on that device alone")
    func ceilings() {
        var lab = Lab.withDevices(2)
        for worker in [1, 2] as [UInt64] {
            lab.lease(worker: worker, "A") {
                $0.batch = true
                $0.maxBatchSize = 8
            }
        }
        lab.submit(Array(repeating: "A", count: 8))
        lab.runOutOfMemory(.number(1))
        // Four on the device that was too small, and the rest on the other.
        lab.submit(Array(repeating: "A", count: 16))
        #expect(lab.grants.dropFirst().map(\.count).sorted() == [4, 8])
        #expect(lab.queue("gpu")?.functions.first?.ceiling == 4)
    }
}
