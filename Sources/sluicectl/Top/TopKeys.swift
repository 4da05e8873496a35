import SluiceWire

/// What a key asks of the world around the screen.
enum TopAction: Hashable {
    case quit
    case change(TopChange)
    /// Ask the daemon now rather than at the next poll.
    case poll
    /// Something else may have written on the terminal.
    case redraw
}

extension TopModel {
    /// Takes a key; what only concerns the screen is done, the rest is returned.
    mutating func press(_ key: Key) -> TopAction? {
        message = nil
        switch (dialog, key) {
        case (_, .redraw): return .redraw
        case (.confirm(let change), _): return answer(key, to: change)
        case (.limit(let queue, let old, let typed), _):
            type(key, queue: queue, old: old, typed: typed)
            return nil
        case (.help, _), (.detail, .escape), (.detail, .enter):
            leaveDialog()
            return nil
        case (.detail, _), (nil, _): return command(key)
        }
    }

    // MARK: Without a question

    private mutating func command(_ key: Key) -> TopAction? {
        switch key {
        case .character("q"), .character("Q"): return .quit
        case .character("k"), .up: move(by: -1)
        case .character("j"), .down: move(by: 1)
        case .pageUp: move(by: -page)
        case .pageDown, .character(" "): move(by: page)
        case .character("g"), .home: select(0)
        case .character("G"), .end: select(.max)
        case .character("s"): order = order.next
        case .character("?"), .character("h"): show(.help)
        case .character("p"): proposePause()
        case .character("r"): proposeResume()
        case .character("+"): proposeLimit(by: 1)
        case .character("-"): proposeLimit(by: -1)
        case .character("="): askForLimit()
        case .enter:
            guard let selected else { return nil }
            show(.detail(queue: selected))
            return .poll
        case .escape, .character, .backspace, .wipe, .redraw: return nil
        }
        // A closer look follows the selection.
        guard case .detail(let queue) = dialog, let selected, selected != queue else { return nil }
        show(.detail(queue: selected))
        return .poll
    }

    private mutating func proposePause() {
        guard let queue = subject() else { return }
        guard queue.hold != .paused else {
            return remark("queue \(queue.concurrencyID) is paused already.")
        }
        propose(.pause(queue: queue.concurrencyID))
    }

    private mutating func proposeResume() {
        guard let queue = subject() else { return }
        guard queue.hold != .running else {
            return remark("queue \(queue.concurrencyID) runs already.")
        }
        propose(.resume(queue: queue.concurrencyID))
    }

    private mutating func proposeLimit(by step: Int) {
        guard let queue = subject() else { return }
        guard let old = queue.concurrencyLimit else {
            return remark("queue \(queue.concurrencyID) has no limit; give it one with =.")
        }
        let (new, isTooMany) = old.addingReportingOverflow(step)
        guard !isTooMany else {
            return remark("queue \(queue.concurrencyID) has the highest limit there is.")
        }
        guard new >= 0 else {
            return remark("queue \(queue.concurrencyID) has the limit 0, and starts nothing.")
        }
        propose(.limit(queue: queue.concurrencyID, from: old, to: .number(Double(new))))
    }

    private mutating func askForLimit() {
        guard let queue = subject() else { return }
        let name = queue.concurrencyID
        guard limitQuestion(name, now: queue.concurrencyLimit, within: columns) != nil else {
            return remark(tooNarrow)
        }
        show(.limit(queue: name, from: queue.concurrencyLimit, typed: ""))
    }

    /// The queue to change, unless there is none or the last change is not answered.
    private mutating func subject() -> Control.Queue? {
        if let underway {
            remark("sluiced has not answered yet: \(underway.phrase)")
            return nil
        }
        if selectedQueue == nil { remark("no queue is selected.") }
        return selectedQueue
    }

    /// Nobody is asked what cannot be read.
    private mutating func propose(_ change: TopChange) {
        guard change.question(within: columns) != nil else { return remark(tooNarrow) }
        show(.confirm(change))
    }

    private mutating func remark(_ text: String, _ tone: Cell.Tone = .warning) {
        message = Message(text: text, tone: tone)
    }

    // MARK: With one

    /// Only a y does it: whatever else is pressed was not meant to.
    private mutating func answer(_ key: Key, to change: TopChange) -> TopAction? {
        leaveDialog()
        // The window may have changed since.
        let isSeen = change.question(within: columns) != nil
        guard isSeen, key == .character("y") || key == .character("Y") else {
            remark("nothing was changed.", .plain)
            return nil
        }
        underway = change
        remark("\(change.phrase) …", .plain)
        return .change(change)
    }

    private mutating func type(_ key: Key, queue: String, old: Int?, typed: String) {
        switch key {
        case .escape: leaveDialog()
        case .enter:
            leaveDialog()
            guard !typed.isEmpty else { return remark("nothing was changed.", .plain) }
            do {
                let assignment = try Assignment("concurrency_limit=\(typed)")
                propose(.limit(queue: queue, from: old, to: assignment.value))
            } catch {
                remark("\(error)")
                show(.limit(queue: queue, from: old, typed: typed))
            }
        case .backspace: show(.limit(queue: queue, from: old, typed: String(typed.dropLast())))
        case .wipe: show(.limit(queue: queue, from: old, typed: ""))
        case .character(let character):
            guard typed.count < longestTypedLimit else { return }
            show(.limit(queue: queue, from: old, typed: typed + String(character)))
        case .up, .down, .pageUp, .pageDown, .home, .end, .redraw: return
        }
    }
}
