import SluiceModel
import Testing

@testable import SluiceEngine

@Suite("What a function takes of a device is known after a restart")
struct LearnedMemoryTests {
    private let mib = 1 << 20

    /// An engine with one device of 16 GiB, which knows A and what was learned of it.
    private func next(_ learned: Learned?) -> Lab {
        var lab = Lab.withDevices(1, memory: 16 * gib)
        let settings = FunctionSettings(concurrencyID: "gpu", batch: true, maxBatchSize: 8)
        lab.turn([.remembered(Declaration(function: "A", settings: settings))])
        if let learned { lab.turn([.learned(function: "A", learned)]) }
        return lab
    }

    private func lease(worker: UInt64, _ lab: inout Lab, isHeld: Bool = false) {
        let request = LeaseRequest(devices: isHeld ? ["gpu0"] : [], isHeld: isHeld)
        lab.lease(worker: worker, "A", request: request) {
            $0.batch = true
            $0.maxBatchSize = 8
        }
    }

    /// The device is looked at, and the workers have so much of it, from the first on.
    private func see(_ bytes: Int..., by lab: inout Lab) {
        let processes = bytes.enumerated().map { number, bytes in
            DeviceProcess(process: Int32(number + 1), bytes: bytes)
        }
        lab.see("gpu0", DeviceSample(used: bytes.reduce(0, +), processes: processes))
    }

    private func view(_ lab: borrowing Lab) -> FunctionView? { lab.queue("gpu")?.functions.first }

    /// What an engine learns that sees 4 GiB at rest and 2 GiB more for each of four requests.
    private func taught() throws -> Learned {
        var lab = next(nil)
        lease(worker: 1, &lab)
        see(4 * gib, by: &lab)
        lab.submit("A", "A", "A", "A")
        lab.submit("A", "A", "A", "A")
        #expect(lab.grants.map(\.count) == [4])
        see(12 * gib, by: &lab)
        let learned = lab.takeLearned()
        return try #require(learned["A"])
    }

    @Test("The first batch after it is as large as fits, before anybody has looked")
    func foreknown() throws {
        let learned = try taught()
        #expect(learned.memory == 4 * gib && learned.memoryPerItem == 2 * gib)
        #expect(learned.batches == 0)
        var lab = next(learned)
        #expect(lab.learning == [false])
        lease(worker: 1, &lab)
        lab.submit(Array(repeating: "A", count: 8))
        #expect(lab.grants.map(\.count) == [6])
        // Nobody knows better where nothing was learned.
        var fresh = next(nil)
        lease(worker: 1, &fresh)
        fresh.submit(Array(repeating: "A", count: 8))
        #expect(fresh.grants.map(\.count) == [8])
    }

    @Test("What this engine saw itself counts before what was kept")
    func seenItself() throws {
        var kept = try taught()
        (kept.memory, kept.memoryPerItem) = (9 * gib, 5 * gib)
        var lab = next(nil)
        lease(worker: 1, &lab)
        see(3 * gib, by: &lab)
        lab.turn([.learned(function: "A", kept)])
        #expect(view(lab)?.memory == 3 * gib && view(lab)?.memoryPerItem == 5 * gib)
    }

    @Test("What no device has is not believed, and the rest is")
    func nonsense() throws {
        for bytes in [Int.min, -1, 0, Limits.memoryBytes + 1, .max] {
            var kept = try taught()
            kept.memory = bytes
            #expect(view(next(kept))?.memory == nil)
            #expect(view(next(kept))?.memoryPerItem == 2 * gib)
            kept = try taught()
            kept.memoryPerItem = bytes
            #expect(view(next(kept))?.memory == 4 * gib)
            #expect(view(next(kept))?.memoryPerItem == nil)
        }
        var most = try taught()
        (most.memory, most.memoryPerItem) = (Limits.memoryBytes, 1)
        #expect(view(next(most))?.memory == Limits.memoryBytes)
        #expect(view(next(most))?.memoryPerItem == 1)
    }

    @Test("It is news from one in a hundred on, and little by little, too")
    func news() {
        var lab = next(nil)
        lease(worker: 1, &lab)
        see(4 * gib, by: &lab)
        #expect(lab.learning == [true])
        _ = lab.takeLearned()
        for more in [0, 20, 40, 0] {
            see(4 * gib + more * mib, by: &lab)
            #expect(lab.learning == [false], "\(more) MiB more")
        }
        see(4 * gib + 41 * mib, by: &lab)
        #expect(lab.learning == [true])
        _ = lab.takeLearned()
        // As seen from there, and downwards as upwards.
        see(4 * gib, by: &lab)
        #expect(lab.learning == [false])
        see(4 * gib - mib, by: &lab)
        #expect(lab.learning == [true])
    }

    @Test("Of little memory a MiB at rest is no news")
    func little() {
        var lab = next(nil)
        lease(worker: 1, &lab)
        see(20 * mib, by: &lab)
        _ = lab.takeLearned()
        see(21 * mib, by: &lab)
        #expect(lab.learning == [false])
        see(21 * mib + 1, by: &lab)
        #expect(lab.learning == [true])
    }

    @Test("What each request takes is news from one in a hundred on")
    func newsOfItems() {
        var lab = next(nil)
        lease(worker: 1, &lab)
        see(4 * gib, by: &lab)
        lab.submit("A")
        see(4 * gib, by: &lab)
        _ = lab.takeLearned()
        for (bytes, isNews) in [(100, true), (101, false), (90, false), (102, true)] {
            see(4 * gib + bytes, by: &lab)
            #expect(lab.learning == [isNews], "\(bytes) bytes")
            _ = lab.takeLearned()
        }
    }

    @Test("Two workers that differ are no news at every look")
    func differing() {
        var lab = next(nil)
        lease(worker: 1, &lab)
        lease(worker: 2, &lab)
        see(4 * gib, 6 * gib, by: &lab)
        _ = lab.takeLearned()
        let known = view(lab)?.memory
        for _ in 0..<3 {
            see(4 * gib, 6 * gib, by: &lab)
            #expect(lab.learning == [false] && view(lab)?.memory == known)
        }
        see(5 * gib, 6 * gib, by: &lab)
        #expect(lab.learning == [true] && view(lab)?.memory == 5 * gib)
    }

    /// Its framework keeps what batches took, which is no part of the model.
    @Test("A worker that comes back does not show what its model weighs where that is known")
    func returned() throws {
        var lab = next(try taught())
        lease(worker: 1, &lab, isHeld: true)
        see(12 * gib, by: &lab)
        #expect(lab.learning == [false] && view(lab)?.memory == 4 * gib)
        // Where nothing is known it is better than that.
        var fresh = next(nil)
        lease(worker: 1, &fresh, isHeld: true)
        see(12 * gib, by: &fresh)
        #expect(fresh.learning == [true] && view(fresh)?.memory == 12 * gib)
    }

    @Test("A model that became smaller is not held up by what the old one weighed")
    func smaller() throws {
        var kept = try taught()
        kept.memory = 80 * gib
        var lab = next(kept)
        lease(worker: 1, &lab)
        lab.submit("A")
        #expect(lab.grants.isEmpty)
        see(5 * gib, by: &lab)
        #expect(lab.grants == [[1]])
        #expect(lab.learning == [true] && view(lab)?.memory == 5 * gib)
    }
}
