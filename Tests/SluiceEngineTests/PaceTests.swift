import SluiceEngine
import SluiceModel
import Testing

@Suite("How fast a queue moves, and how long its requests waited of late")
struct PaceTests {
    /// Requests one after another, each `gap` after the last, begun after `wait`.
    private func run(_ count: Int, every gap: Duration, waiting wait: Duration) -> Lab {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 1)
        run(&lab, count, every: gap, waiting: wait)
        return lab
    }

    private func run(_ lab: inout Lab, _ count: Int, every gap: Duration, waiting wait: Duration) {
        for _ in 0..<count {
            let number = lab.ask("A")
            lab.advance(by: wait)
            lab.start(number)
            lab.finish(number)
            lab.advance(by: gap - wait)
        }
    }

    private func isClose(_ value: Double?, to expected: Double, within part: Double) -> Bool {
        value.map { abs($0 - expected) <= expected * part } ?? false
    }

    @Test("Before the first request there is no rate and no wait")
    func empty() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.advance(by: .seconds(60))
        let pace = try #require(lab.queue("A")?.pace)
        #expect(pace == PaceView())
    }

    @Test(
        "A steady rate is shown as it is, from the first seconds on", arguments: [3, 10, 40, 300])
    func steadyRate(seconds: Int) throws {
        let lab = run(
            seconds * 4, every: .milliseconds(250), waiting: .milliseconds(30))
        let pace = try #require(lab.queue("A")?.pace)
        #expect(isClose(pace.admittedPerSecond, to: 4, within: 0.01))
        #expect(isClose(pace.startedPerSecond, to: 4, within: 0.01))
    }

    @Test("Half of it is left after ten quiet seconds, and nothing after some minutes")
    func decay() throws {
        var lab = run(400, every: .milliseconds(250), waiting: .milliseconds(30))
        lab.advance(by: .seconds(10))
        #expect(isClose(lab.queue("A")?.pace.admittedPerSecond, to: 2, within: 0.05))
        lab.advance(by: .seconds(600))
        let pace = try #require(lab.queue("A")?.pace)
        #expect(pace.admittedPerSecond < 1e-6)
        #expect(pace.waitP50 == nil)
    }

    @Test(
        "Waits are right within an eighth, from under a millisecond to many hours",
        arguments: [2_000, 17_000, 400_000, 9_000_000, 30_000_000_000])
    func waits(microseconds: Int64) throws {
        let wait = Duration.microseconds(microseconds)
        let lab = run(40, every: wait + .milliseconds(1), waiting: wait)
        let pace = try #require(lab.queue("A")?.pace)
        #expect(isClose(pace.waitP50?.inSeconds, to: wait.inSeconds, within: 0.125))
        #expect(isClose(pace.waitP99?.inSeconds, to: wait.inSeconds, within: 0.25))
    }

    @Test("The shortest waits are told as less than a millisecond or so")
    func shortest() throws {
        let lab = run(40, every: .milliseconds(100), waiting: .microseconds(3))
        let wait = try #require(lab.queue("A")?.pace.waitP99)
        #expect(wait > .zero && wait < .microseconds(1_050))
    }

    @Test("A wait beyond all buckets is the longest there was, as after a long pause")
    func endless() throws {
        let night = Duration.seconds(10_000_000)
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 1)
        let number = lab.ask("A")
        lab.advance(by: night)
        lab.start(number)
        let pace = try #require(lab.queue("A")?.pace)
        #expect(pace.waitP50 == night)
        #expect(pace.waitP99 == night)
    }

    @Test("A request that is begun again did not wait the longer for it, nor does it count twice")
    func retried() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.attach(worker: 2, "A")
        let number = lab.ask("A")
        lab.advance(by: .milliseconds(30))
        lab.start(number)
        lab.advance(by: .seconds(3))
        lab.die(worker: 1)
        lab.start(number)
        let pace = try #require(lab.queue("A")?.pace)
        #expect(isClose(pace.waitP99?.inSeconds, to: 0.03, within: 0.25))
        #expect(pace.startedPerSecond <= pace.admittedPerSecond)
    }

    @Test("One slow request in fifty shows in p99 and not in p50")
    func tail() throws {
        var lab = run(49, every: .milliseconds(20), waiting: .milliseconds(10))
        run(&lab, 1, every: .milliseconds(900), waiting: .milliseconds(800))
        let pace = try #require(lab.queue("A")?.pace)
        #expect(isClose(pace.waitP50?.inSeconds, to: 0.010, within: 0.125))
        #expect(isClose(pace.waitP99?.inSeconds, to: 0.8, within: 0.25))
    }

    @Test("No wait is shown that is longer than the longest there was")
    func longest() throws {
        let lab = run(3, every: .seconds(701), waiting: .seconds(700))
        #expect(lab.queue("A")?.pace.waitP99 == .seconds(700))
    }

    @Test("What is refused is not admitted")
    func refused() throws {
        var lab = Lab { $0.queues["A"] = QueueSettings(maxSize: .at(1)) }
        lab.attach(worker: 1, "A", slots: 1)
        lab.submit("A", "A", "A", "A", "A")
        // One runs, one waits; three found no room.
        #expect(lab.queue("A")?.pace.admittedPerSecond == 2)
    }
}
