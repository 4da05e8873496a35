import SluiceModel
import Testing

@testable import SluiceStore

@Suite("Partial results of detached requests")
struct ChunkTests {
    func started() throws -> StoreLab {
        let lab = try StoreLab()
        try lab.ask([.accept(request(1)), .start(id(1), attempt: 1)])
        return lab
    }

    @Test("Chunks are read from any number on, in order, as many as may come")
    func reading() throws {
        let lab = try started()
        for number: UInt64 in 0..<5 {
            try lab.ask(.keep(id(1), attempt: 1, chunk(number, [UInt8(number), 0])))
        }
        #expect(
            try lab.ask(.chunks(id(1), from: 1, upTo: 5)).chunks().map(\.sequence) == [1, 2])
        #expect(
            try lab.ask(.chunks(id(1), from: 3, upTo: 99)).chunks().map(\.sequence) == [3, 4])
        #expect(try lab.ask(.chunks(id(1), from: 5, upTo: 99)).chunks().isEmpty)
        #expect(try lab.ask(.chunks(id(1), from: 0, upTo: 1)).refusal == .larger(2))
        // They can be read after the outcome as before.
        try lab.ask(.finish(id(1), ending()))
        try lab.reopen()
        let kept = try lab.ask(.chunks(id(1), from: 4, upTo: 99)).chunks()
        #expect(try kept.first?.payload.copied() == [4, 0])
        #expect(try lab.ask(.look(id(1))).request()?.chunks == 5)
    }

    @Test("Of an attempt that is over nothing is kept, and one sent again is kept once")
    func attempts() throws {
        let lab = try started()
        let answers = try lab.ask([
            .keep(id(1), attempt: 1, chunk(0, [1])), .keep(id(1), attempt: 1, chunk(0, [1])),
            .giveBack(id(1), charged: 1), .keep(id(1), attempt: 1, chunk(1, [1])),
            .start(id(1), attempt: 2), .keep(id(1), attempt: 1, chunk(1, [1])),
            .keep(id(1), attempt: 2, chunk(0, [2])),
        ])
        #expect(answers.map(\.refusal) == [nil, nil, nil, .isStale, nil, .isStale, nil])
        let kept = try lab.ask(.chunks(id(1), from: 0, upTo: 99)).chunks()
        #expect(try kept.map { try $0.payload.copied() } == [[2]])
        let row = try #require(try lab.ask(.look(id(1))).request())
        #expect(row.chunks == 1 && row.chunkBytes == 1 && row.lostChunks == 0)
    }

    @Test("A stream that is too long is refused by name, and its reader knows what is missing")
    func bounded() throws {
        let lab = try started()
        let half = [UInt8](repeating: 1, count: StoreLimits.chunkBytesPerRequest / 2)
        let answers = try lab.ask([
            .keep(id(1), attempt: 1, chunk(0, half)), .keep(id(1), attempt: 1, chunk(1, half)),
            .keep(id(1), attempt: 1, chunk(2, [1])), .keep(id(1), attempt: 1, chunk(3, [1])),
        ])
        #expect(answers.map(\.refusal) == [nil, nil, .tooManyChunks, .tooManyChunks])
        #expect(try lab.ask(.look(id(1))).request()?.lostChunks == 2)
        // The outcome has room all the same.
        #expect(try lab.ask(.finish(id(1), ending())).isDone)
    }
}
