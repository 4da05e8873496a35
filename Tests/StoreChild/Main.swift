import Glibc
import SluiceModel
import SluiceStore

// store-child commit DIRECTORY DURABILITY     accepts requests until it is killed; prints each id
//                                             once it is told that the request is stored
// store-child fixture DIRECTORY DURABILITY    a store with a little of everything, for the tests
// store-child measure DIRECTORY DURABILITY    operations in a second, by how many a turn has

@main
struct StoreChild {
    let store: Store

    func request(_ id: UInt64, _ payload: [UInt8]) -> StoreOperation {
        .accept(new(id, payload))
    }

    func new(_ id: UInt64, _ payload: [UInt8]) -> NewRequest {
        let origin = RequestOrigin(
            user: 1000, session: (7, 7), number: RequestNumber(rawValue: id))
        return NewRequest(
            id: RequestID(rawValue: id), origin: origin, function: "caption",
            payload: StoredPayload("application/json", .inline(payload)),
            enqueuedAt: WallTime.now())
    }

    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(1, bytes, bytes.count)
    }

    /// Takes answers until one is there; how many.
    func answers(_ body: (UInt64, StoreOutcome) -> Void) -> Int {
        store.wait()
        var news: [StoreNews] = []
        store.take(into: &news)
        var count = 0
        for case .answer(let token, let outcome) in news {
            body(token, outcome)
            count += 1
        }
        return count
    }

    /// The payload says whose it is, so that a reader knows whether it is whole.
    func payload(_ id: UInt64) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: Int(id % 7) * 1500)
    }

    func commit() throws {
        var id: UInt64 = 0
        while true {
            for _ in 0..<4 {
                id += 1
                try store.submit(request(id, payload(id)), token: id)
                // Earlier ones end, so that their pages are used again.
                guard id > 8 else { continue }
                let ending = Ending(
                    .ok, result: StoredPayload(nil, .inline(payload(id - 8))),
                    finishedAt: WallTime.now())
                try store.submit(.finish(RequestID(rawValue: id - 8), ending), token: 0)
            }
            store.flush()
            var said = ""
            while store.outstanding > 0 {
                _ = answers { token, outcome in
                    if case .accepted = outcome { said += "\(token)\n" }
                }
            }
            Self.say(said)
        }
    }

    private func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Turns of a size, as many on their way as make a thousand operations at most; each request is
    /// accepted, started and finished.
    func measure(turn: Int, for limit: Double) throws -> Double {
        let start = seconds()
        var id = UInt64(turn) << 32
        var done = 0
        let bytes = [UInt8](repeating: 7, count: 512)
        while seconds() - start < limit {
            while store.outstanding < max(1000, 2 * turn) {
                for _ in 0..<max(1, turn / 3) {
                    id += 1
                    let name = RequestID(rawValue: id)
                    let ending = Ending(
                        .ok, result: StoredPayload(nil, .inline(bytes)), finishedAt: WallTime.now())
                    try store.submit(request(id, bytes), token: id)
                    try store.submit(.start(name, attempt: 1), token: id)
                    try store.submit(.finish(name, ending), token: id)
                }
                store.flush()
            }
            done += answers { _, outcome in
                if case .refused(let refusal) = outcome { Self.say("refused: \(refusal)\n") }
            }
        }
        while store.outstanding > 0 { done += answers { _, _ in } }
        return Double(done) / (seconds() - start)
    }

    /// One operation, and the next when it is answered: what a lone client sees.
    func measureAlone(for limit: Double) throws -> Double {
        let start = seconds()
        var id: UInt64 = 1 << 48
        var done = 0
        while seconds() - start < limit {
            id += 1
            try store.submit(request(id, [UInt8](repeating: 7, count: 512)), token: id)
            store.flush()
            while store.outstanding > 0 { done += answers { _, _ in } }
        }
        return Double(done) / (seconds() - start)
    }

    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 4, let durability = Durability(rawValue: words[3]) else {
            say("usage: store-child commit|fixture|measure DIRECTORY process|power\n")
            exit(2)
        }
        var settings = StoreSettings()
        settings.durability = durability
        let child = StoreChild(store: try Store(in: words[2], settings))
        defer { child.store.close() }
        switch words[1] {
        case "commit": try child.commit()
        case "fixture": try child.fixture()
        default: try child.report(durability)
        }
    }

    /// What `StoreVersionTests` expects.
    private func fixture() throws {
        func id(_ number: UInt64) -> RequestID { RequestID(rawValue: number) }
        func ending(_ code: Code, _ bytes: [UInt8], _ message: String) -> Ending {
            Ending(
                code, message: message, result: StoredPayload("text/plain", .inline(bytes)),
                finishedAt: WallTime(milliseconds: 1000))
        }
        var first = new(10, [1, 2, 3])
        first.caller = "alice"
        first.deadline = .seconds(9)
        let chunk = StoredChunk(sequence: 0, payload: StoredPayload("text/plain", .inline([5])))
        let learned = LearnedStatistics(
            weight: 1, n: 2, nn: 3, t: 4, nt: 5, squaredError: 6, batches: 7, batchCeiling: 4,
            memory: 4 << 30, memoryPerItem: 300 << 20)
        let operations: [StoreOperation] = [
            .accept(first), request(20, [4]), request(30, [6]), request(40, [7]),
            .start(id(20), attempt: 1), .keep(id(20), attempt: 1, chunk),
            .finish(id(30), ending(.ok, [9], "")),
            .finish(id(40), ending(.workerDied, [], "why")), .learn("caption", learned),
        ]
        for operation in operations { try store.submit(operation, token: 0) }
    }

    private func report(_ durability: Durability) throws {
        for turn in [3, 30, 300] {
            let rate = Int(try measure(turn: turn, for: 3))
            Self.say("\(durability), turns of \(turn): \(rate) operations/s\n")
        }
        Self.say("\(durability), one by one: \(Int(try measureAlone(for: 3))) operations/s\n")
    }
}
