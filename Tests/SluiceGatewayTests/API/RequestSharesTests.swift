import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("Of what the gateway knows of requests nobody has more than stays free for others")
struct RequestSharesTests {
    private let start = ContinuousClock.now
    private let ann = Holder.address("a")
    private let bob = Holder.address("b")

    /// A table that is told of requests, each with a number of its own.
    private struct World {
        var table: RequestTable
        var number: UInt64 = 0
        var chunks: UInt64 = 0
        let start: ContinuousClock.Instant

        mutating func begin(_ holder: Holder) throws(Refusal) -> RequestTable.Key {
            number += 1
            return try table.begin(
                .attached(UniqueID(high: number, low: 0)), function: "f", caller: nil,
                for: holder, tag: number, at: start)
        }

        mutating func end(_ key: RequestTable.Key, bytes: Int = 0) {
            let content = Content([UInt8](repeating: 0, count: bytes), type: "text/plain")
            table.take(
                .outcome(RequestOutcome(OutcomeReport(.ok), content: content)), of: key, at: start)
        }

        mutating func chunk(_ key: RequestTable.Key, bytes: Int = 1000) {
            let text = Content([UInt8](repeating: 32, count: bytes), type: "text/plain")
            table.take(.chunk(sequence: chunks, text), of: key, at: start)
            chunks += 1
        }

        /// One that has ended.
        mutating func ended(_ holder: Holder, bytes: Int = 0) throws -> RequestTable.Key {
            let key = try begin(holder)
            end(key, bytes: bytes)
            return key
        }

        func kinds(_ key: RequestTable.Key) -> [EventKind] {
            let log = table[key]?.log
            return log?.events(after: EventPlace(tag: log?.tag ?? 0)).map(\.kind) ?? []
        }
    }

    private func world(
        requests: Int = 1000, events: Int = 1 << 30, outcomes: Int = 1000, bytes: Int = 1 << 30
    ) -> World {
        let kept = KeptOutcomes.Bounds(outcomes: outcomes, bytes: bytes)
        let bounds = RequestTable.Bounds(requests: requests, eventBytes: events, kept: kept)
        return World(table: RequestTable(bounds), start: start)
    }

    private func refusal(_ holder: Holder, _ world: inout World) -> Refusal? {
        do throws(Refusal) {
            _ = try world.begin(holder)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Requests

    @Test("Who is alone knows half of them, one more is refused, and another finds room")
    func places() throws {
        var world = world(requests: 100)
        for _ in 0..<50 { _ = try world.begin(ann) }
        let told = try #require(refusal(ann, &world))
        #expect(told.code == "over_share" && told.status == 429)
        #expect(told.message.contains("50 of the 100") && told.retryAfter != nil)
        _ = try world.begin(bob)
    }

    @Test("The bound that there is, is this")
    func bound() throws {
        var table = RequestTable()
        for number in 1...UInt64(GatewayLimits.knownRequests / 2) {
            _ = try table.begin(
                .attached(UniqueID(high: number, low: 0)), function: "f", caller: nil, for: ann,
                tag: 1, at: start)
        }
        #expect(throws: Refusal.self) {
            try table.begin(nil, function: "f", caller: nil, for: ann, tag: 1, at: start)
        }
    }

    @Test("Who has none where no room is left is told that the gateway is full")
    func full() throws {
        var world = world(requests: 4)
        for holder in ["a", "a", "b"] { _ = try world.begin(.address(holder)) }
        let told = try #require(refusal(.address("c"), &world))
        #expect(told.code == "gateway_full" && told.status == 503)
    }

    @Test("What has ended makes room for its holder, and what others keep stays")
    func ownFirst() throws {
        var world = world(requests: 100)
        let others = try (0..<10).map { _ in try world.ended(bob) }
        let own = try (0..<45).map { _ in try world.ended(ann) }
        let heard = own[0]
        try world.table.enter(heard)
        for _ in 0..<44 { _ = try world.begin(ann) }
        #expect(others.allSatisfy { world.table[$0] != nil } && world.table[heard] != nil)
        #expect(own.dropFirst().allSatisfy { world.table[$0] == nil })
        #expect(refusal(ann, &world)?.code == "over_share")
        #expect(others.allSatisfy { world.table[$0] != nil })
    }

    @Test("Who has less gets the room of what who has more keeps")
    func richerMakesRoom() throws {
        var world = world(requests: 4)
        let kept = try (0..<2).map { _ in try world.ended(ann) }
        _ = try world.begin(bob)
        _ = try world.begin(.address("c"))
        #expect(kept.contains { world.table[$0] == nil })
    }

    // MARK: Outcomes

    @Test("A flood of quick requests does not push out what another has not fetched")
    func floodOfOutcomes() throws {
        var world = world(requests: 100_000, outcomes: 100)
        let others = try (0..<10).map { _ in try world.ended(bob) }
        var flood: [RequestTable.Key] = []
        for _ in 0..<1000 {
            flood.append(try world.ended(ann))
            #expect(world.table.count <= 100)
        }
        #expect(others.allSatisfy { world.table[$0] != nil })
        #expect(world.table[flood[999]] != nil && world.table[flood[0]] == nil)
        let left = flood.filter { world.table[$0] != nil }
        #expect(left == Array(flood.suffix(left.count)), "the oldest went")
    }

    @Test("Nor does a flood of large results")
    func floodOfBytes() throws {
        var world = world(bytes: 10_000)
        let others = [try world.ended(bob, bytes: 1000), try world.ended(bob, bytes: 1000)]
        let flood = try (0..<30).map { _ in try world.ended(ann, bytes: 1000) }
        #expect(others.allSatisfy { world.table[$0] != nil })
        #expect(world.table[flood[29]] != nil && world.table[flood[20]] == nil)
    }

    @Test("What is listened to stays, and is not looked at with each that ends")
    func busy() throws {
        var world = world(bytes: 10_000)
        let heard = try (0..<8).map { _ in
            let key = try world.ended(ann, bytes: 1000)
            try world.table.enter(key)
            return key
        }
        let large = try world.begin(bob)
        try world.table.enter(large)
        world.end(large, bytes: 20_000)
        let last = try world.ended(ann, bytes: 100)
        #expect((heard + [large, last]).allSatisfy { world.table[$0] != nil })
        for key in heard { world.table.leave(key, at: start) }
        _ = try world.ended(ann, bytes: 1000)
        #expect(world.table[heard[0]] == nil && world.table[heard[7]] != nil)
        #expect(world.table[large] != nil)
    }

    @Test(
        "So much goes that everybody has the same at most",
        arguments: [
            ([10], 3, 7), ([10, 2], 3, 7), ([10, 8, 1], 6, 6), ([5, 5, 5], 3, 4), ([5, 5], 1, 4),
            ([3, 1], 9, 0), ([], 1, 0), ([0], 0, 0),
        ])
    func levels(amounts: [Int], excess: Int, level: Int) {
        #expect(KeptOutcomes.level(amounts, without: excess) == level)
    }

    @Test("One that was never admitted is forgotten without a trace")
    func forgotten() throws {
        var world = world(requests: 4, outcomes: 2)
        for _ in 0..<10 {
            let key = try world.ended(ann, bytes: 10)
            world.table.forget(key)
        }
        #expect(world.table.isEmpty && world.table.bytesOfEvents == 0)
        let kept = [try world.ended(ann), try world.ended(ann)]
        #expect(kept.allSatisfy { world.table[$0] != nil })
    }

    // MARK: Logs

    @Test("Who fills the logs is told of gaps, and others of everything")
    func logs() throws {
        var world = world(events: 100_000)
        let flood = try (0..<20).map { _ in try world.begin(ann) }
        for _ in 0..<10 {
            for key in flood { world.chunk(key) }
        }
        #expect(world.table.bytesOfEvents <= 50_000 && world.table.bytesOfEvents > 25_000)
        let other = try world.begin(bob)
        for _ in 0..<20 { world.chunk(other) }
        #expect(world.kinds(other) == Array(repeating: .chunk, count: 20))
        #expect(flood.contains { world.kinds($0).first == .gap })
    }

    @Test("Logs of what has ended go first, but for how it ended, and not while somebody reads")
    func endedLogs() throws {
        var world = world(events: 100_000)
        let done = try (0..<4).map { _ in
            let key = try world.begin(ann)
            for _ in 0..<10 { world.chunk(key) }
            return key
        }
        try world.table.enter(done[0])
        for key in done { world.end(key) }
        let live = try world.begin(ann)
        for _ in 0..<20 { world.chunk(live) }
        #expect(world.kinds(live) == Array(repeating: .chunk, count: 20))
        #expect(world.kinds(done[0]).count == 11)
        #expect(world.kinds(done[1]) == [.gap, .outcome])
    }

    @Test("Where all logs are full, those go that have ended of whoever has most")
    func richLogs() throws {
        var world = world(events: 100_000)
        func fill(
            _ holder: Holder, _ chunks: Int, _ world: inout World
        ) throws -> RequestTable.Key {
            let key = try world.begin(holder)
            for _ in 0..<chunks { world.chunk(key) }
            world.end(key)
            return key
        }
        let rich = try fill(.address("rich"), 44, &world)
        let others = try (0..<4).map { try fill(.address("\($0)"), 10, &world) }
        let late = try world.begin(bob)
        for _ in 0..<10 { world.chunk(late) }
        #expect(world.kinds(late) == Array(repeating: .chunk, count: 10))
        #expect(world.kinds(rich) == [.gap, .outcome])
        #expect(others.allSatisfy { world.kinds($0).count == 11 })
    }

    @Test("A last word is kept without room, and then without the result")
    func lastWord() throws {
        var world = world(events: 1000)
        let key = try world.begin(ann)
        world.end(key, bytes: 2000)
        let log = try #require(world.table[key]?.log)
        let event = try #require(log.events(after: EventPlace(tag: log.tag)).last)
        let told = try Value(json: event.data)
        #expect(told["outcome"] == "completed" && told["value"] == nil)
        #expect(told["result"] != nil && world.table.bytesOfEvents < 500)
    }
}
