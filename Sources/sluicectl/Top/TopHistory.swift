import SluiceWire

/// How many requests waited in each queue at the last polls, for the graphs.
///
/// Bounded twice: so many polls of each queue, and the queues that the daemon still has.
struct TopHistory {
    /// More than a graph is ever wide.
    static let polls = 120

    /// Oldest first; nil: the daemon was not there to be asked.
    private var waiting: [String: [UInt32?]] = [:]

    mutating func record(_ queues: [Control.Queue]) {
        var kept: [String: [UInt32?]] = [:]
        for queue in queues {
            let before = waiting.removeValue(forKey: queue.concurrencyID) ?? []
            kept[queue.concurrencyID] =
                before.suffix(Self.polls - 1) + [UInt32(clamping: queue.waiting)]
        }
        waiting = kept
    }

    /// A poll that had no answer. Queues are not forgotten for that.
    mutating func recordGap() {
        waiting = waiting.mapValues { $0.suffix(Self.polls - 1) + [nil] }
    }

    /// The last polls as bars, the latest at the right end; blank where nobody knows.
    ///
    /// The highest bar is the most that waited in what is shown, but never less than one step for
    /// each request: a queue in which one request waits shall not look like a full one.
    func graph(of queue: String, columns: Int, bars: Bars) -> String {
        let shown = (waiting[queue] ?? []).suffix(max(0, columns))
        let top = max(bars.steps, Int(shown.compactMap { $0 }.max() ?? 0))
        let drawn = shown.map { poll in
            poll.map { bars.bar(Int($0), of: top) } ?? " "
        }
        return String(repeating: " ", count: max(0, columns - shown.count)) + String(drawn)
    }
}

/// The characters that draw a graph.
struct Bars: Hashable {
    private let nothing: Character
    private let rising: [Character]

    /// Block elements, which every font has that has UTF-8.
    static let blocks = Bars(nothing: "▁", rising: Array("▂▃▄▅▆▇█"))
    static let ascii = Bars(nothing: "_", rising: Array(".:-=+*#"))

    /// A part of a whole from left to right.
    func gauge(_ part: Int, of whole: Int, columns: Int) -> String {
        guard whole > 0, let full = rising.last else { return "" }
        let filled = (Double(min(max(0, part), whole)) / Double(whole) * Double(columns)).rounded()
        // Next to nothing is something, and nearly all is not all.
        var count = Int(filled)
        if part > 0 { count = max(1, count) }
        if part < whole { count = min(columns - 1, count) }
        return String(repeating: full, count: count)
            + String(repeating: nothing, count: columns - count)
    }

    var steps: Int { rising.count }

    /// Nothing is drawn as nothing, and one of thousands still as something.
    func bar(_ amount: Int, of top: Int) -> Character {
        guard amount > 0 else { return nothing }
        return rising[(min(amount, top) * rising.count - 1) / max(1, top)]
    }
}
