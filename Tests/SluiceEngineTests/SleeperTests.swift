import SluiceEngine
import SluiceModel
import Testing

@Suite("A worker that has room again takes the oldest of all that it serves")
struct SleeperTests {
    /// A worker of functions f0, f1, …, of which the first has it in hand.
    private func busy(functions: Int = 8, maxRunning: Limit = .none) -> Lab {
        var lab = Lab { $0.daemon.maxRunning = maxRunning }
        lab.attach(worker: 1, (0..<functions).map { "f\($0)" })
        lab.submit("f0")
        return lab
    }

    @Test("They go one after the other in the order in which they came, and others wait")
    func inOrder() {
        var lab = busy()
        lab.submit("f5", "f3", "f7", "f1")
        for number in 1...5 as ClosedRange<UInt64> { lab.finish(.number(number)) }
        #expect(lab.grants == [[1], [2], [3], [4], [5]])
    }

    @Test("Where two slots are free at once both are used")
    func severalSlots() {
        var lab = Lab()
        lab.attach(worker: 1, ["a", "b", "c", "d"], slots: 2)
        lab.submit("a", "b", "c", "d")
        lab.finish(.number(1), .number(2))
        #expect(lab.grants == [[1], [2], [3], [4]])
    }

    @Test("One that may not start is passed over")
    func heldIsPassedOver() {
        var lab = busy()
        lab.submit("f5", "f3")
        lab.command(.pause(.function("f5")))
        lab.finish(.number(1))
        #expect(lab.grants == [[1], [3]])
        lab.command(.resume(.function("f5")))
        lab.finish(.number(3))
        #expect(lab.grants == [[1], [3], [2]])
    }

    @Test("One whose oldest request went meanwhile goes by the next of its line")
    func headIsCancelled() {
        var lab = busy()
        lab.submit("f5", "f3", "f5")
        lab.cancel(.number(2))
        lab.finish(.number(1))
        lab.finish(.number(3))
        #expect(lab.grants == [[1], [3], [4]])
    }

    @Test("Where max_running is what is scarce, the oldest of all workers goes first")
    func scarcePlaces() {
        var lab = busy(maxRunning: .at(2))
        lab.attach(worker: 2, ["g0", "g1"])
        lab.submit("g0", "f1", "g1", "f2")
        lab.finish(.number(1), .number(2))
        #expect(lab.grants == [[1], [2], [3], [4]])
        lab.finish(.number(3))
        #expect(lab.grants == [[1], [2], [3], [4], [5]])
    }

    @Test("Paused as a whole, the daemon goes on where it was")
    func pausedDaemon() {
        var lab = busy()
        lab.submit("f5", "f3")
        lab.command(.pause(.daemon))
        lab.finish(.number(1))
        #expect(lab.grants == [[1]])
        lab.command(.resume(.daemon))
        lab.finish(.number(2))
        #expect(lab.grants == [[1], [2], [3]])
    }

    @Test("The next is not forgotten when the one that competes moves to a full queue")
    func movesAway() {
        var lab = Lab { $0.daemon.maxRunning = .at(2) }
        lab.attach(worker: 1, ["a", "b", "c"])
        lab.attach(worker: 2, "x") {
            $0.concurrencyID = "full"
            $0.concurrencyLimit = .at(1)
        }
        lab.attach(worker: 3, "y")
        lab.submit("a", "x", "y", "b", "c")
        lab.finish(.number(1))
        #expect(lab.grants == [[1], [2], [3]])
        lab.attach(worker: 4, "b") { $0.concurrencyID = "full" }
        lab.finish(.number(3))
        #expect(lab.grants == [[1], [2], [3], [5]])
    }
}
