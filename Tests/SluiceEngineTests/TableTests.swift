import SluiceModel
import Testing

@testable import SluiceEngine

@Suite("Ranks are counted without a walk")
struct PlaceIndexTests {
    /// Compares with a sorted array through a long random life.
    @Test(
        "Every rank, count and page is that of a sorted list",
        arguments: 1...8 as ClosedRange<UInt64>)
    func agrees(seed: UInt64) {
        var random = SplitMix(state: seed)
        var index = PlaceIndex()
        var model: [UInt64] = []
        var returned: [UInt64] = []
        var last: UInt64 = 0
        for step in 0..<3000 {
            switch random.next() % 8 {
            case 0...3:
                last += 1 + random.next() % (seed.isMultiple(of: 2) ? 3 : 200)
                index.insert(RequestID(rawValue: last))
                model.append(last)
            case 4...6:
                guard !model.isEmpty else { continue }
                let at = random.next() % 3 == 0 ? Int(random.next() % UInt64(model.count)) : 0
                let gone = model.remove(at: at)
                index.remove(RequestID(rawValue: gone))
                returned.append(gone)
            default:
                guard let back = returned.popLast() else { continue }
                index.insert(RequestID(rawValue: back))
                model.insert(back, at: model.firstIndex { $0 > back } ?? model.count)
            }
            #expect(index.count == model.count)
            guard step.isMultiple(of: 50) else { continue }
            for (rank, number) in model.enumerated() {
                #expect(index.rank(of: RequestID(rawValue: number)) == rank)
            }
            let page = index.requests(after: model.first.map { RequestID(rawValue: $0) }, limit: 70)
            #expect(page.map(\.rawValue) == Array(model.dropFirst().prefix(70)))
        }
    }

    @Test("One that waits for ever does not keep the traces of those that passed it")
    func noTraces() {
        var index = PlaceIndex()
        index.insert(RequestID(rawValue: 1))
        for number in 2...100_000 as ClosedRange<UInt64> {
            index.insert(RequestID(rawValue: number))
            index.remove(RequestID(rawValue: number))
        }
        #expect(index.count == 1)
        #expect(index.wordCount < 100)
    }
}

@Suite("Clients' numbers are found")
struct NumberTableTests {
    /// Compares with a dictionary for each client through a long random life.
    @Test(
        "Every number of every client leads to its row, whether clients count or not",
        arguments: 1...6 as ClosedRange<UInt64>)
    func agrees(seed: UInt64) {
        var random = SplitMix(state: seed)
        var table = NumberTable()
        var shares = [NumberTable.Share](repeating: NumberTable.Share(), count: 3)
        var model = [[UInt64: Int]](repeating: [:], count: 3)
        for step in 0..<3000 {
            let at = Int(random.next() % 3)
            let client = Index<Client>(at)
            let counted = UInt64(step / 8) + random.next() % 40
            let raw = seed.isMultiple(of: 2) ? counted : random.next() >> (random.next() % 60)
            let number = RequestNumber(rawValue: raw)
            let found = table.row(of: number, client, shares[at])
            #expect(found == model[at][raw].map { Index($0) })
            if found != nil {
                table.remove(number, client, &shares[at])
                model[at][raw] = nil
            } else if random.next() % 4 > 0 {
                table.insert(number, Index(step), client, &shares[at])
                model[at][raw] = step
            } else if let (raw, _) = model[at].min(by: { $0.key < $1.key }) {
                table.remove(RequestNumber(rawValue: raw), client, &shares[at])
                model[at][raw] = nil
            }
            #expect(shares[at].count == model[at].count)
            guard step.isMultiple(of: 50) else { continue }
            for (share, model) in zip(shares, model) {
                #expect(
                    Set(table.rows(of: share)) == Set(model.values.map { Index<Request>($0) }))
            }
        }
    }
}

@Suite("Service time: perItem · n + fixed")
struct ServiceTimeTests {
    @Test("The fit finds slope and constant")
    func fit() throws {
        var time = ServiceTime()
        for round in 0..<40 {
            let count = 1 + round % 8
            time.add(count: count, seconds: 0.5 + 0.25 * Double(count))
        }
        let eight = try #require(time.prediction(count: 8, prior: nil))
        #expect(abs(eight.seconds - 2.5) < 0.01)
        let sixteen = try #require(time.prediction(count: 16, prior: nil))
        #expect(abs(sixteen.seconds - 4.5) < 0.02)
        #expect(eight.variance < 0.01)
    }

    @Test("While all batches had one size, their mean stands for any")
    func oneSize() throws {
        var time = ServiceTime()
        for _ in 0..<5 { time.add(count: 4, seconds: 3) }
        let mean = try #require(time.prediction(count: 4, prior: nil))
        #expect(abs(mean.seconds - 3) < 1e-9)
    }

    @Test("A declared duration stands until the first batch was seen")
    func prior() throws {
        var time = ServiceTime()
        #expect(time.prediction(count: 1, prior: nil) == nil)
        #expect(try #require(time.prediction(count: 1, prior: .seconds(9))).seconds == 9)
        time.add(count: 1, seconds: 2)
        #expect(try #require(time.prediction(count: 1, prior: .seconds(9))).seconds == 2)
    }
}

@Suite("Deadlines")
struct DeadlinesTests {
    @Test("Called-off timers do not pile up behind a distant one")
    func sweeps() {
        var deadlines = Deadlines()
        for number in 0..<10_000 {
            let moment = Instant(nanoseconds: Int64(1_000_000 + number))
            deadlines.arm(.grant(GrantID(rawValue: UInt64(number))), at: moment)
            deadlines.disarm(armedFor: moment)
            deadlines.sweep { _, _ in false }
        }
        #expect(deadlines.count == 0)
        #expect(deadlines.earliest == nil)
    }
}

/// S. Vigna's SplitMix64 (public domain): small, seeded and good enough to shuffle a test.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
