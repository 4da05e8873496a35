import SluiceModel

/// What was learned of a function, in numbers that can be kept over a restart: the sums of its
/// `ServiceTime`, how large a batch fits into the device's memory, and what of that it takes.
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
    /// Bytes of a device that a worker has at rest, and those that each request takes beside
    /// that; nil: nobody has seen.
    public var memory: Int?
    public var memoryPerItem: Int?

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
        let news = learned.map { (functions[$0].name, functions[$0].learned) }
        for index in learned {
            functions[index].hasLearned = false
            functions[index].toldMemory = functions[index].learnedMemory
            functions[index].toldMemoryPerItem = functions[index].learnedMemoryPerItem
        }
        learned.removeAll(keepingCapacity: true)
        return news
    }

    mutating func noteLearned(of function: Index<Function>) {
        guard !functions[function].hasLearned else { return }
        functions[function].hasLearned = true
        learned.append(function)
    }

    /// What the function takes of a device was seen again. That is news where it matters: devices
    /// are looked at every second, and what is looked at is never quite the same.
    mutating func noteMemory(of function: Index<Function>) {
        if functions[function].isMemoryNews { noteLearned(of: function) }
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
            functions[function].ceiling = Ceiling(ceiling)
        }
        if functions[function].learnedMemory == nil, let memory = possible(learned.memory) {
            functions[function].learnedMemory = memory
            functions[function].toldMemory = memory
        }
        if functions[function].learnedMemoryPerItem == nil,
            let perItem = possible(learned.memoryPerItem)
        {
            functions[function].learnedMemoryPerItem = perItem
            functions[function].toldMemoryPerItem = perItem
        }
        // Batches may be full now that were not, and waits be known.
        mark(functions[function].queue)
        statusChanged(in: functions[function].queue)
    }

    private func possible(_ bytes: Int?) -> Int? {
        bytes.flatMap { (1...Limits.memoryBytes).contains($0) ? $0 : nil }
    }

    func checkLearned(_ check: Check) {
        let listed = learned.count { functions[$0].hasLearned }
        let marked = functions.indices.count { functions[$0].hasLearned }
        check(
            listed == learned.count && marked == Set(learned).count && marked == listed,
            "what was learned is not listed once each")
    }
}

extension Function {
    fileprivate var learned: Learned {
        var learned = serviceTime.learned(lowestCeiling)
        (learned.memory, learned.memoryPerItem) = (learnedMemory, learnedMemoryPerItem)
        return learned
    }

    /// Whether its memory differs by more than one in a hundred from what was told last. At rest a
    /// difference of a MiB at most is none: that is less than drivers hand out at once.
    fileprivate var isMemoryNews: Bool {
        differs(learnedMemory, from: toldMemory, by: 1 << 20)
            || differs(learnedMemoryPerItem, from: toldMemoryPerItem, by: 0)
    }

    private func differs(_ bytes: Int?, from told: Int?, by least: Int) -> Bool {
        guard let bytes else { return false }
        guard let told else { return bytes > 0 }
        return abs(bytes - told) > max(told / 100, least)
    }
}
