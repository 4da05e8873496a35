import SluiceModel
import Testing

@testable import SluiceEngine

@Suite("What was learned of a function goes on after a restart")
struct LearnedTests {
    /// An engine that knows the function and nothing of how long it takes.
    private func next(_ learned: [String: Learned], knowing functions: String...) -> Lab {
        var lab = Lab(after: 10)
        let settings = FunctionSettings(batch: true, maxBatchSize: 8)
        for function in functions {
            lab.turn([.remembered(Declaration(function: function, settings: settings))])
        }
        lab.turn(learned.sorted { $0.key < $1.key }.map { .learned(function: $0.key, $0.value) })
        return lab
    }

    /// A batch of so many of A, which takes so long.
    private func run(_ count: Int, for span: Duration, _ lab: inout Lab) {
        let numbers = lab.submit(Array(repeating: "A", count: count))
        lab.start(numbers)
        lab.advance(by: span)
        lab.answer(numbers, .completed)
    }

    private func taught() -> Lab {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = 8
        }
        for count in [1, 4, 8, 2, 5, 8] {
            run(count, for: .seconds(1) + .milliseconds(250 * count), &lab)
        }
        return lab
    }

    @Test("An ETA is told before the first batch, by what batches took before")
    func foretold() throws {
        var before = taught()
        var lab = next(before.takeLearned(), knowing: "A")
        lab.attach(worker: 1, "A", slots: 1) {
            $0.batch = true
            $0.maxBatchSize = 8
        }
        let first = lab.submit("A", "A", "A", "A")
        let waiting = lab.ask("A") { $0.wantsStatus = true }
        let eta = try #require(lab.statuses(of: waiting).first?.eta)
        // A batch of four, and then one of one.
        let expected = 2.0 + 1.25
        #expect(abs(eta.p50.inSeconds - expected) < 0.1)
        // Without what was learned nobody knows.
        var fresh = next([:], knowing: "A")
        fresh.attach(worker: 1, "A") { $0.batch = true }
        let unknown = fresh.ask("A") { $0.wantsStatus = true }
        _ = first
        #expect(fresh.statuses(of: unknown).allSatisfy { $0.eta == nil })
    }

    @Test("Only what is new since it was asked last is told, and each function once")
    func news() throws {
        var lab = taught()
        #expect(lab.learning == [true])
        let learned = lab.takeLearned()
        #expect(learned.keys.sorted() == ["A"] && learned["A"]?.batches == 6)
        let again = lab.takeLearned()
        #expect(lab.learning == [false] && again.isEmpty)
        run(3, for: .seconds(2), &lab)
        let news = lab.takeLearned()
        #expect(news["A"]?.batches == 7)
        // What is only taken in is kept already.
        #expect(next(learned, knowing: "A").learning == [false])
    }

    @Test("Sums that were kept go on as if nothing had happened")
    func decay() throws {
        var straight = ServiceTime()
        var broken = ServiceTime()
        for round in 0..<200 {
            let (count, seconds) = (1 + round % 5, 0.3 + Double(round % 7) / 10)
            straight.add(count: count, seconds: seconds)
            broken.add(count: count, seconds: seconds)
            broken = try #require(ServiceTime(broken.learned(nil)), "round \(round)")
        }
        #expect(broken == straight)
        // A change of pace tells as soon as it would have: after fifty batches by half.
        for _ in 0..<50 { broken.add(count: 3, seconds: 10) }
        let middle = try #require(broken.prediction(count: 3, prior: nil)).seconds
        #expect(middle > 4 && middle < 7)
    }

    @Test("The ceiling of batches that did not fit is kept, and tried higher again")
    func ceiling() throws {
        var before = taught()
        let large = before.submit(Array(repeating: "A", count: 8))
        before.runOutOfMemory(large[0])
        let learned = before.takeLearned()
        #expect(learned["A"]?.batchCeiling == 4)

        var lab = next(learned, knowing: "A")
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = 8
        }
        lab.submit(Array(repeating: "A", count: 8))
        #expect(lab.grants.map(\.count) == [4])
        while lab.grants.count < 33 {
            let batch = lab.grants[lab.grants.count - 1].map { RequestNumber(rawValue: $0) }
            lab.start(batch)
            lab.submit(Array(repeating: "A", count: 8))
            lab.answer(batch, .completed)
        }
        #expect(lab.grants.prefix(32).allSatisfy { $0.count == 4 })
        #expect(lab.grants[32].count == 5)
        let raised = lab.takeLearned()
        #expect(raised["A"]?.batchCeiling == 5)
    }

    @Test("What no batches can have taught is not believed")
    func nonsense() throws {
        var teacher = taught()
        let good = try #require(teacher.takeLearned()["A"])
        #expect(ServiceTime(good) != nil)
        let sums: [WritableKeyPath<Learned, Double>] = [
            \.weight, \.n, \.nn, \.t, \.nt, \.squaredError,
        ]
        for sum in sums {
            for value in [Double.nan, .infinity, -.infinity, -1, .greatestFiniteMagnitude] {
                var spoilt = good
                spoilt[keyPath: sum] = value
                #expect(ServiceTime(spoilt) == nil, "\(sum) of \(value)")
                let lab = next(["A": spoilt], knowing: "A")
                #expect(lab.queue("A")?.functions[0].serviceTime == ServiceTime())
            }
        }
        for batches in [Int.min, -1, 0, 1, .max] {
            var spoilt = good
            spoilt.batches = batches
            #expect(ServiceTime(spoilt) == nil, "\(batches) batches of weight \(good.weight)")
        }
        // Less than one item in a batch, and squares that no numbers have.
        var (few, crooked) = (good, good)
        few.n = good.weight / 2
        crooked.nn = good.n * good.n / good.weight / 2
        #expect(ServiceTime(few) == nil && ServiceTime(crooked) == nil)
        for ceiling in [Int.min, -1, 0, Limits.batchSize + 1, .max] {
            var spoilt = good
            spoilt.batchCeiling = ceiling
            let lab = next(["A": spoilt], knowing: "A")
            #expect(lab.queue("A")?.functions[0].ceiling == nil)
            #expect(lab.queue("A")?.functions[0].serviceTime.batches == 6)
        }
    }

    @Test("Of a function that nobody knows nothing is taken in, and of a known one only at first")
    func strangers() throws {
        var before = taught()
        let learned = try #require(before.takeLearned()["A"])
        var lab = next(["A": learned, "B": learned], knowing: "B")
        #expect(lab.queue("A") == nil)
        lab.attach(worker: 1, "A")
        run(1, for: .seconds(30), &lab)
        lab.turn([.learned(function: "A", learned)])
        #expect(lab.queue("A")?.functions[0].serviceTime.batches == 1)
        #expect(lab.queue("B")?.functions[0].serviceTime.batches == 6)
    }

    @Test("Of a function that is forgotten nothing is told, nor known when it comes again")
    func forgotten() throws {
        var lab = taught()
        lab.die(worker: 1)
        #expect(lab.learning == [true])
        lab.command(.forget(function: "A"))
        let learned = lab.takeLearned()
        #expect(lab.learning == [false] && learned.isEmpty)
        lab.attach(worker: 2, "A")
        #expect(lab.queue("A")?.functions[0].serviceTime == ServiceTime())
        run(1, for: .seconds(1), &lab)
        let anew = lab.takeLearned()
        #expect(anew["A"]?.batches == 1)
    }
}
