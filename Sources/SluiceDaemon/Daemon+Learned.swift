import SluiceEngine
import SluiceModel
import SluiceStore

// What was learned about functions is kept in the store, so that a daemon that was restarted can
// still tell how long things take, and what has room beside what.

/// How old what is kept may be: a wait that is worth a write, while batches come. A stop in peace
/// keeps everything.
private let learningPause = Duration.seconds(30)

extension Daemon {
    /// Hands over what is new, now and then.
    mutating func keepLearned(at now: Instant) {
        guard engine.hasLearned, archive.state == .open else {
            learnedDue = nil
            return
        }
        guard let due = learnedDue else {
            learnedDue = now + learningPause
            return
        }
        guard due <= now else { return }
        learnedDue = nil
        writeLearned()
    }

    /// The same at once: there will be no later.
    mutating func writeLearned() {
        for (function, learned) in takeLearned() {
            archive.ask(.learn(function, LearnedStatistics(learned)))
        }
    }

    /// What was learned before, of functions that are known.
    mutating func restoreLearned() {
        var last: String?
        do throws(StoreRefusal) {
            while true {
                let page = try archive.recall(after: last)
                guard let end = page.last?.function else { return }
                last = end
                for (function, statistics) in page {
                    edge.intake.events.append(
                        .learned(function: function, Learned(statistics)))
                }
            }
        } catch {
            report.say(.notRecalled(error))
        }
    }
}

extension LearnedStatistics {
    init(_ learned: Learned) {
        self.init(
            weight: learned.weight, n: learned.n, nn: learned.nn, t: learned.t, nt: learned.nt,
            squaredError: learned.squaredError, batches: learned.batches,
            batchCeiling: learned.batchCeiling, memory: learned.memory,
            memoryPerItem: learned.memoryPerItem)
    }
}

extension Learned {
    init(_ statistics: LearnedStatistics) {
        self.init()
        (weight, n, nn) = (statistics.weight, statistics.n, statistics.nn)
        (t, nt, squaredError) = (statistics.t, statistics.nt, statistics.squaredError)
        (batches, batchCeiling) = (statistics.batches, statistics.batchCeiling)
        (memory, memoryPerItem) = (statistics.memory, statistics.memoryPerItem)
    }
}
