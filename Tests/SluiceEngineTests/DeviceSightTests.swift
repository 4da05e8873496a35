import SluiceEngine
import SluiceModel
import Testing

@Suite("A device that nobody used is looked at before anything starts there")
struct DeviceSightTests {
    private let idle = DeviceSample(used: 0)

    /// Devices of 16 GiB for two batches each, that were looked at once, when they were found; A
    /// takes 4 GiB.
    private func lab(_ count: Int = 1) -> Lab {
        var lab = Lab.withDevices(count, memory: 16 * gib, perDevice: .at(2))
        for number in 0..<count { lab.see("gpu\(number)", idle) }
        return lab
    }

    private func attach(worker: UInt64, to lab: inout Lab) {
        lab.attach(worker: worker, "A", slots: 4) {
            $0.concurrencyID = "gpu"
            $0.memory = 4 * gib
        }
    }

    @Test("A lease is given on what is seen now, and not on what was seen long ago")
    func lease() {
        var lab = lab()
        lab.lease(worker: 1, "A", request: LeaseRequest(memory: 10 * gib))
        #expect(lab.leases.isEmpty)
        #expect(lab.sampled == ["gpu0"])
        lab.see("gpu0", DeviceSample(used: 9 * gib))
        #expect(lab.leases.isEmpty)
        lab.see("gpu0", idle)
        #expect(lab.leases == [1: ["gpu0"]])
    }

    @Test("A batch waits for the look, and explain says so")
    func batch() {
        var lab = lab()
        attach(worker: 1, to: &lab)
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        #expect(lab.sampled == ["gpu0"])
        #expect(lab.explain(.number(1))?.blocker == .device)
        #expect(lab.explain(.number(1))?.message.contains("is looked at before") == true)
        lab.see("gpu0", idle)
        #expect(lab.grants == [[1]])
    }

    @Test("After two seconds what is known has to do, for leases and for batches")
    func patience() {
        var lab = lab()
        attach(worker: 1, to: &lab)
        lab.join(worker: 2)
        lab.turn([.leaseAsked(WorkerID(rawValue: 2), LeaseRequest())])
        lab.submit("A")
        lab.advance(by: .milliseconds(1900))
        #expect(lab.leases.isEmpty && lab.grants.isEmpty)
        lab.advance(by: .milliseconds(100))
        #expect(lab.leases == [2: ["gpu0"]])
        #expect(lab.grants == [[1]])
    }

    @Test("Where nobody ever said what is in use, nobody waits", arguments: [nil, 16 * gib])
    func mute(_ memory: Int?) {
        var lab = Lab.withDevices(1, memory: memory)
        // A device without a known size, and one that tells its temperature alone.
        lab.see("gpu0", DeviceSample(used: memory == nil ? 5 : nil, temperature: 40))
        attach(worker: 1, to: &lab)
        lab.submit("A")
        #expect(lab.grants == [[1]])
    }

    @Test("What was used a moment ago is still looked at, and need not be waited for")
    func warm() {
        var lab = lab()
        attach(worker: 1, to: &lab)
        lab.submit("A")
        lab.see("gpu0", idle)
        lab.finish(.number(1))
        lab.advance(by: .seconds(5))
        lab.submit("A")
        #expect(lab.grants == [[1], [2]])
        lab.finish(.number(2))
        lab.advance(by: .seconds(11))
        #expect(lab.sampled == [])
        lab.submit("A")
        #expect(lab.grants.count == 2)
        lab.see("gpu0", idle)
        #expect(lab.grants.last == [3])
    }

    @Test("One that is in use does not get everything because it is seen")
    func emptier() {
        var lab = lab(2)
        lab.lease(worker: 1, "B", request: LeaseRequest(devices: ["gpu0"]))
        lab.see("gpu0", idle)
        lab.serve(worker: 1, ["B"])
        lab.submit("B")
        lab.advance(by: .seconds(11))
        #expect(lab.sampled == ["gpu0"])
        attach(worker: 2, to: &lab)
        lab.submit("A")
        #expect(lab.placements == [[]])
        lab.see("gpu1", idle)
        #expect(lab.placements.last == ["gpu1"])
    }
}
