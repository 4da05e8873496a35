import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("A client that takes nothing of what waits for it is let go")
struct StallTests {
    private static let timeout = Duration.seconds(10)

    /// A client for whom more waits than its socket holds: it asks for echoes, and the daemon
    /// answers its pings.
    private func stalled(_ lab: inout EdgeLab) throws -> LinkPeer {
        let peer = try lab.join()
        var number: UInt64 = 1
        while lab.deadline == nil {
            try peer.send { out in
                for _ in 0..<1000 {
                    LinkMessage.ping(number).encode(into: &out)
                    number += 1
                }
            }
            try lab.turn()
        }
        return peer
    }

    private func lab() throws -> EdgeLab { try EdgeLab { $0.stallTimeout = Self.timeout } }

    @Test("After stall_timeout, and not before, and it is told why")
    func letGo() throws {
        var lab = try lab()
        let peer = try stalled(&lab)
        #expect(lab.deadline == lab.now + Self.timeout)
        try lab.advance(by: Self.timeout - .milliseconds(1))
        #expect(lab.dismissed.isEmpty)
        try lab.advance(by: .milliseconds(1))
        #expect(lab.dismissed.count == 1)
        #expect(lab.dismissed.first?.contains("stall_timeout") == true)
        // It finds the reason when it reads after all.
        var last: LinkPeer.Message?
        for _ in 0..<100 {
            last = try peer.all().last ?? last
            try lab.turn()
        }
        #expect(last?.kind == .error)
        #expect(lab.clients == 0)
    }

    @Test("Whoever takes something in time has the time again, and again")
    func takesSome() throws {
        var lab = try lab()
        let peer = try stalled(&lab)
        for _ in 0..<3 {
            try lab.advance(by: Self.timeout - .seconds(1))
            _ = try peer.take(atLeast: 64 << 10)
            try lab.turn()
            try peer.send { out in
                for number in 0..<5000 { LinkMessage.ping(UInt64(number)).encode(into: &out) }
            }
            for _ in 0..<6 { try lab.turn() }
        }
        #expect(lab.dismissed.isEmpty)
        try lab.advance(by: Self.timeout)
        #expect(lab.dismissed.count == 1)
    }

    @Test("Who made room since is not let go, though nobody looked for long")
    func madeRoom() throws {
        var lab = try lab()
        let peer = try stalled(&lab)
        _ = try peer.all()
        // The whole time passes in one turn, as where the daemon itself was stopped.
        try lab.advance(by: Self.timeout * 3)
        #expect(lab.dismissed.isEmpty)
    }

    @Test("Who took everything is watched no longer: nothing wakes the daemon")
    func settles() throws {
        var lab = try lab()
        let peer = try stalled(&lab)
        for _ in 0..<100 where lab.deadline != nil {
            _ = try peer.all()
            try lab.turn()
        }
        #expect(lab.deadline == nil)
        // And it may begin again.
        let again = try stalled(&lab)
        try lab.advance(by: Self.timeout)
        #expect(lab.dismissed.count == 1)
        withExtendedLifetime((peer, again)) {}
    }

    @Test("A shorter time that is set while it runs holds for those who stall already")
    func reload() throws {
        var lab = try lab()
        let peer = try stalled(&lab)
        lab.edge.limits.stallTimeout = .seconds(2)
        try lab.advance(by: .seconds(2))
        #expect(lab.dismissed.count == 1)
        withExtendedLifetime(peer) {}
    }
}
