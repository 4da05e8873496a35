import SluiceEngine
import SluiceModel
import Testing

@testable import SluiceDaemon

/// A status line, with the moments of its turns.
private final class Teller {
    var line = StatusLine()
    var load = Load(queues: 1, workers: 1)
    var deadline: Instant? { line.nextDeadline }

    /// A turn with so much waiting, so many milliseconds after the start.
    func turn(waiting: Int, at milliseconds: Int64) -> String? {
        load.waiting = waiting
        return line.note(StatusLine.Figures(load: load), at: moment(milliseconds))
    }
}

private func moment(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
}

@Suite struct StatusLineTests {
    private let teller = Teller()

    @Test("What the manager had no room for is told again after the pause")
    func takesBack() {
        #expect(teller.turn(waiting: 1, at: 0) != nil)
        teller.line.takeBack()
        #expect(teller.deadline == moment(5000))
        #expect(teller.turn(waiting: 1, at: 10) == nil)
        #expect(teller.turn(waiting: 1, at: 5000) == "1 queue, 1 worker: 1 waiting, 0 running")
        #expect(teller.deadline == nil)
    }

    @Test("The first change is told at once, the next after the pause, and the last always")
    func paces() {
        #expect(teller.turn(waiting: 1, at: 0) == "1 queue, 1 worker: 1 waiting, 0 running")
        #expect(teller.deadline == nil)
        #expect(teller.turn(waiting: 2, at: 10) == nil)
        #expect(teller.deadline == moment(5000))
        #expect(teller.turn(waiting: 3, at: 4999) == nil)
        #expect(teller.deadline == moment(5000))
        #expect(teller.turn(waiting: 3, at: 5000) == "1 queue, 1 worker: 3 waiting, 0 running")
        #expect(teller.deadline == nil)
        // The pause counts from what was told last.
        #expect(teller.turn(waiting: 4, at: 5001) == nil)
        #expect(teller.deadline == moment(10000))
    }

    @Test("Where nothing changed, or it changed back, nobody is woken and nothing told")
    func quiet() {
        _ = teller.turn(waiting: 1, at: 0)
        #expect(teller.turn(waiting: 1, at: 1) == nil)
        #expect(teller.deadline == nil)
        #expect(teller.turn(waiting: 2, at: 2) == nil)
        #expect(teller.turn(waiting: 1, at: 3) == nil)
        #expect(teller.deadline == nil)
        #expect(teller.turn(waiting: 1, at: 60_000) == nil)
        #expect(teller.turn(waiting: 2, at: 60_001) != nil)
    }

    @Test("What was told with other news is not told again, and does not delay the next")
    func tells() {
        #expect(
            teller.line.tell(StatusLine.Figures(load: teller.load)) == "1 queue, 1 worker: idle")
        #expect(teller.turn(waiting: 0, at: 0) == nil)
        #expect(teller.turn(waiting: 1, at: 1) != nil)
    }

    @Test("A thousand turns a second for a minute are a dozen messages")
    func busy() {
        var told = 0
        for millisecond in 0..<60_000 {
            let isTold = teller.turn(waiting: millisecond, at: Int64(millisecond)) != nil
            told += isTold ? 1 : 0
        }
        #expect(told == 12)
    }

    @Test(
        "It says what an operator wants to know first",
        arguments: [
            (Load(), "no queues, no workers attached"),
            (Load(queues: 3, workers: 2), "3 queues, 2 workers: idle"),
            (
                Load(queues: 3, workers: 2, waiting: 12, running: 4),
                "3 queues, 2 workers: 12 waiting, 4 running"
            ),
            (
                Load(queues: 1, waiting: 12),
                "1 queue, no workers attached: 12 waiting, 0 running"
            ),
            (
                Load(queues: 1, workers: 2, hungWorkers: 1, waiting: 1, running: 1),
                "1 queue, 2 workers (1 hung): 1 waiting, 1 running"
            ),
            (
                Load(queues: 1, workers: 1, waiting: 3, hold: .paused),
                "paused; 1 queue, 1 worker: 3 waiting, 0 running"
            ),
            (
                Load(queues: 1, workers: 1, running: 2, hold: .draining),
                "draining; 1 queue, 1 worker: 0 waiting, 2 running"
            ),
            (Load(queues: 1, workers: 1, hold: .draining), "drained; 1 queue, 1 worker: idle"),
        ])
    func words(load: Load, words: String) {
        #expect("\(StatusLine.Figures(load: load))" == words)
        #expect(
            "\(StatusLine.Figures(load: load, isReloadRefused: true))"
                == "\(words); the last reload was refused, see the journal")
        #expect(
            "\(StatusLine.Figures(load: load, isReclaiming: true))"
                == "awaiting peers of before the restart; \(words)")
    }

    @Test("Other figures are other words: what is compared is what is read")
    func distinct() {
        var seen: Set<String> = []
        var count = 0
        for queues in 0..<3 {
            for workers in 0..<3 {
                for hung in 0...workers {
                    for (waiting, running) in [(0, 0), (0, 1), (1, 0), (1, 1), (11, 1), (1, 11)] {
                        for hold in Hold.allCases {
                            let load = Load(
                                queues: queues, workers: workers, hungWorkers: hung,
                                waiting: waiting, running: running, hold: hold)
                            seen.insert("\(StatusLine.Figures(load: load))")
                            seen.insert("\(StatusLine.Figures(load: load, isReloadRefused: true))")
                            seen.insert("\(StatusLine.Figures(load: load, isReclaiming: true))")
                            count += 3
                        }
                    }
                }
            }
        }
        #expect(seen.count == count)
    }
}
