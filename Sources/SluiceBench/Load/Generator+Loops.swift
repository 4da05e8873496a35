import SluiceModel
import SluiceSystem

extension Generator where Wire: ~Copyable {
    /// Runs the load: for a while to get going, then to be measured, and until all is answered.
    ///
    /// - Parameter measured: called around what is measured, to read other gauges.
    func run(
        warmUp: Duration, measure: Duration, measured: (Edge) throws(BenchError) -> Void
    ) throws(BenchError) -> LoadResult {
        var loop = try Loops(self)
        try loop.go(for: warmUp)
        result = LoadResult()
        try measured(.begin)
        let start = SluiceSystem.Loop.now()
        try loop.go(for: measure)
        let elapsed = SluiceSystem.Loop.now() - start
        try measured(.end)
        var measuredResult = result
        measuredResult.elapsed = elapsed
        pace = .none
        try drain()
        return measuredResult
    }
}

/// The two ends of what is measured.
enum Edge { case begin, end }

/// A closed loop sends when it is answered, an open one when it is time.
private struct Loops<Wire: ClientWire & ~Copyable> {
    private let generator: Generator<Wire>
    private var schedule: Schedule?
    private var nextPeer = 0

    init(_ generator: Generator<Wire>) throws(BenchError) {
        self.generator = generator
        let now = SluiceSystem.Loop.now()
        if let rate = generator.load.rate {
            Machine.sharpenTimers()
            schedule = Schedule(from: now, perSecond: rate)
            return
        }
        generator.pace = .closed
        for index in 0..<generator.load.outstanding {
            let peer = generator.peers[index % generator.peers.count]
            try generator.submit(on: peer, intended: now)
        }
        for peer in generator.peers { try generator.flush(peer) }
    }

    mutating func go(for span: Duration) throws(BenchError) {
        let end = SluiceSystem.Loop.now() + span
        while true {
            let now = SluiceSystem.Loop.now()
            guard now < end else { return }
            let due = try sendWhatIsDue(at: now)
            try generator.pass(until: min(end, due ?? end))
        }
    }

    /// Says when the next request of an open loop is due.
    private mutating func sendWhatIsDue(at now: Instant) throws(BenchError) -> Instant? {
        guard schedule != nil else { return nil }
        var touched = 0
        let first = nextPeer
        while let intended = schedule?.take(at: now) {
            try generator.submit(on: generator.peers[nextPeer], intended: intended)
            nextPeer = (nextPeer + 1) % generator.peers.count
            touched += 1
        }
        for index in 0..<min(touched, generator.peers.count) {
            try generator.flush(generator.peers[(first + index) % generator.peers.count])
        }
        return schedule?.next
    }
}
