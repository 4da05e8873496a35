import SluiceEngine
import SluiceModel
import Testing

@Suite("Rank and ETA, for those who ask")
struct StatusTests {
    @Test("Told at admission: 0 is next, and who does not ask is not told")
    func atAdmission() {
        var lab = Lab { $0.functions["A"] = FunctionSettings() }
        lab.submit(["A", "A"]) { $0.wantsStatus = true }
        let silent = lab.ask("A")
        #expect(lab.statuses(of: .number(1)).map(\.rank) == [0])
        #expect(lab.statuses(of: .number(2)).map(\.rank) == [1])
        #expect(lab.statuses(of: silent).isEmpty)
    }

    @Test("A request that starts at once is not told that it waits")
    func startsAtOnce() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let number = lab.ask("A") { $0.wantsStatus = true }
        #expect(lab.statuses(of: number).isEmpty)
    }

    @Test("Rank counts the queue, across its functions")
    func acrossFunctions() {
        var lab = Lab {
            $0.functions["A"] = FunctionSettings(concurrencyID: "q")
            $0.functions["B"] = FunctionSettings(concurrencyID: "q")
        }
        lab.submit("A", "B", "A")
        let number = lab.ask("B") { $0.wantsStatus = true }
        #expect(lab.statuses(of: number).first?.rank == 3)
    }

    @Test("Changes are coalesced to two a second for each request, and none is missed in the end")
    func coalesced() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit(Array(repeating: "A", count: 101))
        let number = lab.ask("A") { $0.wantsStatus = true }
        for finished in 1...100 as ClosedRange<UInt64> {
            lab.finish(.number(finished))
            lab.advance(by: .milliseconds(20))
        }
        // Two seconds have passed.
        #expect((3...5).contains(lab.statuses(of: number).count))
        lab.advance(by: .seconds(1))
        #expect(lab.statuses(of: number).last?.rank == 0)
    }

    @Test("All messages together keep to the daemon's budget; everybody is told in the end")
    func budget() {
        var lab = Lab { $0.daemon.statusBudget = 100 }
        lab.attach(worker: 1, "A")
        let numbers = lab.submit(Array(repeating: "A", count: 301)) { $0.wantsStatus = true }
        lab.advance(by: .seconds(5))
        lab.forgetEffects()
        lab.finish(.number(1))
        lab.advance(by: .seconds(1))
        let told = lab.effects.count { if case .status = $0 { true } else { false } }
        #expect((90...110).contains(told))
        lab.advance(by: .seconds(3))
        for number in numbers.dropFirst(2) {
            #expect(lab.statuses(of: number).last?.rank == Int(number.rawValue) - 3)
        }
    }

    @Test("Nothing is due when nothing changes")
    func silence() {
        var lab = Lab { $0.functions["A"] = FunctionSettings() }
        lab.submit(["A", "A"]) { $0.wantsStatus = true }
        lab.advance(by: .seconds(2))
        #expect(lab.nextDeadline == nil)
    }

    @Test("The ETA counts batches, places and what is left of the running batch")
    func etaCountsBatches() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = 4
            $0.expectedDuration = .seconds(10)
        }
        lab.submit("A")
        lab.start(.number(1))
        lab.advance(by: .seconds(4))
        let numbers = lab.submit(Array(repeating: "A", count: 9)) { $0.wantsStatus = true }
        // Batches of 4: the 9th is in the third from now, after 6 s, 10 s and 10 s.
        let eta = try #require(lab.statuses(of: numbers[8]).first?.eta)
        #expect(eta.p50 == .seconds(6 + 10 + 10 + 10))
        #expect(eta.p90 > eta.p50)
        #expect(lab.statuses(of: numbers[0]).first?.eta?.p50 == .seconds(16))
    }

    @Test("The ETA knows that a batch is held for company")
    func etaCountsTheDelay() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchDelay = .seconds(3)
            $0.expectedDuration = .seconds(2)
        }
        let number = lab.ask("A") { $0.wantsStatus = true }
        let eta = try #require(lab.statuses(of: number).first?.eta)
        #expect(eta.p50 == .seconds(5))
    }

    @Test("The ETA learns from batches seen, recent ones weighing more")
    func etaLearns() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.expectedDuration = .seconds(100) }
        var number: UInt64 = 0
        for seconds in Array(repeating: 2, count: 5) + Array(repeating: 4, count: 200) {
            lab.submit("A")
            number += 1
            lab.start(.number(number))
            lab.advance(by: .seconds(seconds))
            lab.finish(.number(number))
        }
        let learned = try #require(lab.queue("A")?.functions.first?.expectedOne)
        #expect(abs(learned.inSeconds - 4) < 0.2)
    }

    @Test("With neither experience nor a declared duration there is no ETA")
    func unknown() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        let number = lab.ask("A") { $0.wantsStatus = true }
        #expect(lab.statuses(of: number).first?.eta == nil)
        #expect(lab.statuses(of: number).first?.held == false)
    }

    @Test("What an operator or a missing worker holds says so, and has no ETA")
    func held() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.expectedDuration = .seconds(1) }
        lab.submit("A")
        let number = lab.ask("A") { $0.wantsStatus = true }
        #expect(lab.statuses(of: number).last?.held == false)
        lab.command(.pause(.queue("A")))
        lab.advance(by: .seconds(1))
        #expect(lab.statuses(of: number).last?.held == true)
        #expect(lab.statuses(of: number).last?.eta == nil)
    }

    @Test("Watching can begin and end while the request waits")
    func watch() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A", "A", "A")
        lab.turn([.watched(Lab.client, .number(3), true)])
        #expect(lab.statuses(of: .number(3)).map(\.rank) == [1])
        lab.turn([.watched(Lab.client, .number(3), false)])
        lab.finish(.number(1))
        lab.advance(by: .seconds(2))
        #expect(lab.statuses(of: .number(3)).count == 1)
    }
}
