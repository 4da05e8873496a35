import SluiceModel
import SluiceWire

@testable import sluicectl

/// Screens of a machine that has something of everything.
enum Screens {
    static var sample: TopSample {
        var waiting = Machine.requests[1]
        (waiting.id, waiting.rank, waiting.waitingSeconds) = (840, 4, 3.2)
        var queues = Machine.queues
        (queues[0].admittedPerSecond, queues[0].startedPerSecond) = (12.31, 4.04)
        (queues[0].waitP50Seconds, queues[0].waitP99Seconds) = (2.2, 71)
        (queues[2].startedPerSecond, queues[2].waitP50Seconds) = (0.02, 0.004)
        queues[2].waitP99Seconds = 0.0101
        return TopSample(
            daemon: Machine.daemon, queues: queues, workers: Machine.workers,
            oldestWaiting: [Machine.requests[1], waiting])
    }

    /// After polls in which ever more waited, with a gap where the daemon restarted.
    static func model(_ last: TopSample = sample) -> TopModel {
        var model = TopModel(last)
        for poll in 0..<40 {
            var earlier = last
            for index in earlier.queues.indices { earlier.queues[index].waiting += poll % 17 }
            model.take(earlier)
            if poll == 30 { model.lose("closed", at: Instant(nanoseconds: 0)) }
        }
        model.take(last)
        return model
    }

    /// More than any window has rows.
    static func crowd(of count: Int) -> TopSample {
        var crowd = sample
        crowd.queues = (1...count).map { number in
            var queue = Control.Queue(concurrencyID: "queue-\(number < 10 ? "0" : "")\(number)")
            (queue.waiting, queue.concurrencyLimit) = (number * 7 % 10, 1)
            (queue.running, queue.startedPerSecond) = (number % 2, Double(number % 4))
            queue.oldestWaitingSeconds = Double(number % 3)
            queue.waitP99Seconds = number % 5 == 0 ? nil : Double(number % 5)
            return queue
        }
        crowd.workers = (1...count).map {
            Control.Worker(id: UInt64($0), name: "worker", pid: Int32(4000 + $0))
        }
        return crowd
    }

    static func window(_ columns: Int, _ rows: Int, _ bars: Bars = .blocks) -> TopWindow {
        TopWindow(columns: columns, rows: rows, host: "rack4", interval: 1, bars: bars)
    }

    static func lines(_ model: TopModel, _ columns: Int, _ rows: Int) -> [ScreenLine] {
        TopScreen(
            model: model, window: window(columns, rows), now: Instant(nanoseconds: 12_000_000_000)
        ).lines()
    }

    /// What is seen, with `>` before the row that is drawn in reverse, and the window's right edge.
    static func seen(_ model: TopModel, _ columns: Int, _ rows: Int) -> String {
        let painter = ScreenPainter(coloured: false, unicode: true)
        return lines(model, columns, rows).map { line in
            let text = painter.cut(line, to: columns).map(\.text).joined()
            let rest = String(repeating: " ", count: columns - sluicectl.columns(of: text))
            return (line.isSelected ? "> " : "  ") + text + rest + "|\n"
        }.joined()
    }
}

extension TopModel {
    /// The model after these keys.
    func pressing(_ keys: Key...) -> TopModel {
        var model = self
        for key in keys { _ = model.press(key) }
        return model
    }
}
