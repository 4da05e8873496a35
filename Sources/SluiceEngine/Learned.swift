import SluiceModel

/// What was learned of a function, in numbers that can be kept over a restart: the sums of its
/// `ServiceTime`, and how large a batch fits into the device's memory.
public struct Learned: Hashable, Sendable {
    public var weight = 0.0
    public var n = 0.0
    public var nn = 0.0
    public var t = 0.0
    public var nt = 0.0
    public var squaredError = 0.0
    /// Batches seen.
    public var batches = 0
    /// Items that one batch may have; nil: none was found too large.
    public var batchCeiling: Int?

    public init() {}
}

// Learning goes on where an engine before this one left off. Whoever carries the engine asks for
// what is new, keeps it, and tells it to the next one at its start.

extension Engine {
    /// Whether there is something that `takeLearned` would tell.
    public var hasLearned: Bool { !learned.isEmpty }

    /// What was learned since this was asked last, of each function the latest. It costs nothing
    /// while nothing was.
    public mutating func takeLearned() -> [(function: String, Learned)] {
        guard !learned.isEmpty else { return [] }
        let news = learned.map { index in
            (
                functions[index].name,
                functions[index].serviceTime.learned(functions[index].lowestCeiling)
            )
        }
        for index in learned { functions[index].hasLearned = false }
        learned.removeAll(keepingCapacity: true)
        return news
    }

    mutating func noteLearned(of function: Index<Function>) {
        guard !functions[function].hasLearned else { return }
        functions[function].hasLearned = true
        learned.append(function)
    }

    /// The function is no more, and nothing is to be kept of it.
    mutating func unlearn(_ function: Index<Function>) {
        guard functions[function].hasLearned else { return }
        learned.removeAll { $0 == function }
    }

    /// Takes in what an engine before this one learned. What this one saw itself counts before it,
    /// and what makes no sense, as in a file that somebody wrote in, teaches nothing.
    mutating func recall(_ learned: Learned, of name: String) {
        guard let function = functionsByName[name] else { return }
        if functions[function].serviceTime.batches == 0, let time = ServiceTime(learned) {
            functions[function].serviceTime = time
        }
        if functions[function].ceiling == nil, let ceiling = learned.batchCeiling,
            (1...Limits.batchSize).contains(ceiling)
        {
            functions[function].ceiling = ceiling
        }
        // Batches may be full now that were not, and waits be known.
        mark(functions[function].queue)
        statusChanged(in: functions[function].queue)
    }

    func checkLearned(_ check: Check) {
        let listed = learned.count { functions[$0].hasLearned }
        let marked = functions.indices.count { functions[$0].hasLearned }
        check(
            listed == learned.count && marked == Set(learned).count && marked == listed,
            "what was learned is not listed once each")
    }
}
