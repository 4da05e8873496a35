import SluiceModel
import SluiceSystem

extension Generator where Wire: ~Copyable {
    /// Submits so many requests, in turn on all connections, and returns when the broker has taken
    /// them in. Nobody answers meanwhile.
    func park(_ count: Int) throws(BenchError) {
        if let wave = load.wave { return try park(count, inWavesOf: wave) }
        var left = count
        while left > 0 {
            for peer in peers where left > 0 {
                let portion = min(left, (count + peers.count - 1) / peers.count, 64)
                let now = SluiceSystem.Loop.now()
                for _ in 0..<portion { try submit(on: peer, intended: now) }
                try flush(peer)
                left -= portion
            }
            try pass(until: SluiceSystem.Loop.now())
            try letItCatchUp()
        }
        try awaitPongs()
    }

    /// One request of each of so many connections, then of the next ones.
    private func park(_ count: Int, inWavesOf wave: Int) throws(BenchError) {
        for start in stride(from: 0, to: count, by: wave) {
            let now = SluiceSystem.Loop.now()
            let senders = (start..<min(start + wave, count)).map { peers[$0 % peers.count] }
            for peer in senders { try submit(on: peer, intended: now) }
            try awaitPongs(of: senders)
        }
    }

    /// Keeps no more here than the sockets are about to take.
    private func letItCatchUp() throws(BenchError) {
        while peers.contains(where: { $0.channel.outbox.count > 256 << 10 }) {
            try pass(until: SluiceSystem.Loop.now() + .seconds(1))
        }
    }

    /// A ping is answered after all that was sent before it was taken in.
    func awaitPongs() throws(BenchError) { try awaitPongs(of: peers) }

    private func awaitPongs(of peers: [ClientPeer<Wire>]) throws(BenchError) {
        let wanted = peers.map { $0.pongs + 1 }
        for peer in peers {
            peer.wire.ping(into: &peer.channel.outbox)
            try flush(peer)
        }
        let limit = SluiceSystem.Loop.now() + .seconds(60)
        var missing = 0
        while missing < peers.count {
            guard peers[missing].pongs < wanted[missing] else {
                missing += 1
                continue
            }
            guard SluiceSystem.Loop.now() < limit else { throw .lost(requests: ledger.open) }
            try pass(until: limit)
        }
    }
}
