import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

@Suite("What a worker has in hand is kept until it was acknowledged")
struct HeldGrantsTests {
    private let id = GrantID(rawValue: 5)
    private let instance = UniqueID(high: 1, low: 2)

    private func held(_ count: Int) -> HeldGrants {
        var held = HeldGrants()
        let items = (0..<count).map {
            WorkerConnection.Item(
                index: $0, attempt: 1, request: RequestID(rawValue: 7 + UInt64($0)),
                content: Content([]))
        }
        held.take(.init(id: id, function: "f", items: items), from: instance)
        return held
    }

    private func only(_ held: HeldGrants) throws -> HeldGrants.Held {
        try #require(held.inOrder.first)
    }

    @Test("With everything that was said of it")
    func said() throws {
        var held = held(2)
        held.start(id, item: nil)
        held.add(Content([1]), as: 0, to: id, 1)
        held.answer(id, item: 1, .result(Content([2])))
        let grant = try only(held)
        #expect(
            grant.holding
                == Holding(
                    instance: instance, function: "f",
                    items: [
                        .init(request: RequestID(rawValue: 7), attempt: 1),
                        .init(request: RequestID(rawValue: 8), attempt: 1),
                    ]))
        #expect(grant.items.map(\.isStarted) == [true, true])
        #expect(grant.items[1].chunks == [.init(sequence: 0, content: Content([1]))])
        #expect(grant.items.map(\.answer) == [nil, .result(Content([2]))])
    }

    @Test("An acknowledged item is none any more, and a grant without others is forgotten")
    func acknowledged() throws {
        var held = held(2)
        held.add(Content([1]), as: 0, to: id, 0)
        held.answer(id, item: 0, .result(Content([2])))
        held.acknowledge(id, item: 0)
        // It was too late to say more.
        held.add(Content([1]), as: 1, to: id, 0)
        held.answer(id, item: 0, .result(Content([2])))
        let grant = try only(held)
        #expect(
            grant.holding.items.map(\.request) == [RequestID(rawValue: 0), RequestID(rawValue: 8)])
        #expect(grant.items[0].chunks.isEmpty && grant.items[0].answer == nil)
        held.acknowledge(id, item: 1)
        #expect(held.count == 0)
        held.acknowledge(id, item: 1)
        held.answer(id, item: 1, .result(Content([2])))
        #expect(held.count == 0)
    }

    @Test("A whole grant may be acknowledged at once, answered or not")
    func wholly() {
        var held = held(3)
        held.acknowledge(id, item: nil)
        #expect(held.count == 0)
    }

    @Test("The first answer counts, and running out of memory answers the others")
    func answers() throws {
        var held = held(3)
        held.answer(id, item: 1, .failed(.raised, message: "no", Content([])))
        held.answer(id, item: 1, .result(Content([2])))
        held.answer(id, item: nil, .outOfMemory(message: "full"))
        #expect(
            try only(held).items.map(\.answer) == [
                .outOfMemory(message: "full"), .failed(.raised, message: "no", Content([])),
                .outOfMemory(message: "full"),
            ])
    }

    @Test(
        "Of a long stream the latest chunks are kept, and of an item there is none beyond the last")
    func bound() throws {
        var held = held(1)
        let size = 1 << 20
        for sequence in UInt64(0)..<40 {
            held.add(
                Content([UInt8](repeating: 0, count: size)), as: sequence, to: id, 0)
            let chunks = try only(held).items[0].chunks
            #expect(chunks.last?.sequence == sequence)
            #expect(chunks.count * size <= HeldGrants.chunkBytes)
            #expect(zip(chunks, chunks.dropFirst()).allSatisfy { $0.sequence + 1 == $1.sequence })
        }
        #expect(try only(held).items[0].chunks.count >= 8)
        // Empty ones count, too.
        for sequence in UInt64(40)..<400_000 { held.add(Content([]), as: sequence, to: id, 0) }
        let count = try only(held).items[0].chunks.count
        #expect(count * HeldGrants.bytesPerChunk <= HeldGrants.chunkBytes)
        held.add(Content([1]), as: 0, to: id, 1)
        held.add(Content([1]), as: 0, to: GrantID(rawValue: 6), 0)
        #expect(held.count == 1)
    }
}
