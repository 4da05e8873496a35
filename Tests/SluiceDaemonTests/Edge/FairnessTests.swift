import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("Within a turn nobody waits for more of one peer than its share")
struct FairnessTests {
    private let share = Intake.framesPerTurn

    @Test("Who floods has its share of a turn, and everybody else theirs")
    func flood() throws {
        var lab = try EdgeLab()
        let (flooding, other) = (try lab.join(), try lab.join())
        let count = UInt64(3 * share + 7)
        try flooding.submit(1...count)
        for turn in 1...3 {
            try other.submit(UInt64(turn)...UInt64(turn))
            try lab.turn()
            #expect(lab.waiting() == [1: turn * share, 2: turn])
            #expect(lab.hasUnserved == true)
        }
        try lab.turn()
        #expect(lab.waiting() == [1: Int(count), 2: 3])
        #expect(lab.hasUnserved == false)
    }

    @Test("What waits for its turn is taken in order and once, and then what came behind it")
    func order() throws {
        var lab = try EdgeLab()
        let peer = try lab.join()
        let count = UInt64(2 * share)
        try peer.submit(1...count)
        try lab.turn()
        try peer.submit((count + 1)...(count + 5))
        for _ in 0..<3 { try lab.turn() }
        let admitted = try peer.all().filter { $0.kind == .admitted }.map(\.id)
        #expect(admitted == Array(1...(count + 5)))
    }

    @Test("As many frames as a share is are taken at once, and no turn is taken for nothing")
    func exactly() throws {
        var lab = try EdgeLab()
        let peer = try lab.join()
        try peer.submit(1...UInt64(share))
        try lab.turn()
        #expect(lab.waiting() == [1: share])
        #expect(lab.hasUnserved == false)
    }

    @Test("Who leaves, or says what is forbidden, while something of it waits is just gone")
    func gone() throws {
        var lab = try EdgeLab()
        let (leaving, wrong) = (try lab.join(), try lab.join())
        let count = UInt64(share + 5)
        try leaving.submit(1...count)
        try wrong.submit(1...count)
        try wrong.send { out in Hello(session: UniqueID(high: 1, low: 2)).encode(into: &out) }
        leaving.close()
        for _ in 0..<4 { try lab.turn() }
        #expect(lab.waiting().isEmpty)
        #expect(lab.hasUnserved == false)
        #expect(lab.dismissed.count == 1)
        #expect(lab.clients == 0)
    }

    @Test("What waits for its turn is no unfinished frame, but what is behind it may be one")
    func unfinished() throws {
        var lab = try EdgeLab { $0.maxIncomingBytes = 16 << 10 }
        let (peer, other) = (try lab.join(), try lab.join())
        let count = UInt64(share + 5000)
        try peer.submit(1...count)
        try lab.turn()
        try other.submit(1...1)
        for _ in 0..<6 { try lab.turn() }
        #expect(lab.waiting() == [1: Int(count), 2: 1])
        #expect(lab.dismissed.isEmpty)
    }

    @Test("The last words of a worker are heard, however many they are")
    func lastWords() throws {
        var lab = try EdgeLab()
        let worker = try lab.join(.worker)
        let count = 2 * share
        try worker.send { out in
            for number in 1...count { LinkMessage.ping(UInt64(number)).encode(into: &out) }
            WorkerMessage.ready(slots: 1).encode(into: &out)
        }
        guard let connection = lab.edge.connections.find(.worker, 1) else { throw Unexpected() }
        worker.close()
        lab.edge.end(connection)
        #expect(lab.pings == count)
    }
}
