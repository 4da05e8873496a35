import SluiceEngine
import SluiceModel
import Testing

@Suite("A worker that runs where it likes is given nothing that has a place on a device")
struct HeedlessTests {
    private func warnings(_ lab: borrowing Lab) -> [String?] {
        lab.effects.compactMap { effect in
            if case .declared(_, _, _, let warning) = effect { warning } else { nil }
        }
    }

    @Test("It is warned when it declares, explain says so, and another worker gets the work")
    func bound() {
        var lab = Lab.withDevices(1)
        lab.join(worker: 1, heedsDevices: false)
        lab.serve(worker: 1, ["A"])
        #expect(warnings(lab).first??.contains("queue gpu is bound to devices") == true)
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        #expect(lab.explain(.number(1))?.blocker == .device)
        #expect(lab.explain(.number(1))?.message.contains("heeds which it is told") == true)
        lab.attach(worker: 2, "A") { $0.concurrencyID = "gpu" }
        #expect(lab.locate(.number(1))?.worker == WorkerID(rawValue: 2))
    }

    @Test("It runs what it likes of queues that are not bound, and what is bound by its own lease")
    func free() {
        var lab = Lab.withDevices(1)
        lab.join(worker: 1, heedsDevices: false)
        lab.serve(worker: 1, ["A"]) { $0.concurrencyID = "other" }
        lab.join(worker: 2, heedsDevices: false)
        lab.turn([.leaseAsked(WorkerID(rawValue: 2), LeaseRequest())])
        lab.serve(worker: 2, ["B"])
        lab.submit("A", "B")
        #expect(lab.grants == [[1], [2]])
        #expect(warnings(lab) == [nil, nil])
    }

    @Test("What it waits with is told as any other device's matter where others are busy")
    func busy() {
        var lab = Lab.withDevices(2)
        lab.join(worker: 1, heedsDevices: false)
        lab.serve(worker: 1, ["A"])
        lab.attach(worker: 2, "A") { $0.concurrencyID = "gpu" }
        lab.submit("A", "A")
        #expect(lab.grants == [[1]])
        #expect(lab.explain(.number(2))?.blocker == .workersBusy)
    }

    @Test("Nobody keeps it empty for what must run alone")
    func retry() {
        var lab = Lab.withDevices(1, perDevice: .at(4))
        lab.join(worker: 1, heedsDevices: false)
        lab.serve(worker: 1, ["A"])
        lab.attach(worker: 2, "A") { $0.concurrencyID = "gpu" }
        lab.attach(worker: 3, "A", slots: 2) { $0.concurrencyID = "gpu" }
        lab.submit("A", "A")
        lab.start(.number(1))
        lab.die(worker: 2)
        // The third worker is kept for the one that was running, until it is empty.
        lab.submit("A")
        #expect(lab.grants == [[1], [2]])
        lab.finish(.number(2))
        #expect(lab.grants.last == [1])
    }
}
