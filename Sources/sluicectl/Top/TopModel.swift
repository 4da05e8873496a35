import SluiceModel
import SluiceWire

/// All that the screen is drawn from, changed by polls and by keys. Pure: what is to be done about
/// a key comes back as a `TopAction`.
struct TopModel {
    enum Link: Hashable {
        case up
        /// Asked, and no answer yet for longer than a daemon needs.
        case silent(since: Instant)
        case lost(reason: String, since: Instant)
    }

    enum Dialog: Hashable {
        case confirm(TopChange)
        /// A new concurrency_limit is being typed.
        case limit(queue: String, from: Int?, typed: String)
        case help
        case detail(queue: String)
    }

    struct Message: Hashable {
        let text: String
        let tone: Cell.Tone
        /// Polls that it has been there for.
        fileprivate(set) var age = 0

        init(text: String, tone: Cell.Tone) { (self.text, self.tone) = (text, tone) }
    }

    private(set) var sample: TopSample
    private(set) var history = TopHistory()
    private(set) var link = Link.up
    var order = QueueOrder.name
    private(set) var dialog: Dialog?
    /// The closer look that a question or the help stands before, and that comes back after it.
    private var covered: String?
    var message: Message?
    /// By name, so that it stays with its queue wherever the rows move.
    private(set) var selected: String?
    /// A change that was asked for and not answered; there is one at a time.
    var underway: TopChange?
    /// Rows of queues on the screen, by which a page is measured.
    var page = 10
    /// Of the window; a question that does not fit into them is not asked.
    var columns = Int.max

    /// Polls after which a message has been read.
    private let longestMessage: Int

    /// - Parameter interval: seconds between polls.
    init(_ sample: TopSample, interval: Double = 1) {
        self.sample = sample
        longestMessage = max(2, Int(15 / interval))
        take(sample)
    }

    /// The queues as they stand on the screen.
    var queues: [Control.Queue] { sample.queues.sorted(by: order.precedes) }
    var selectedQueue: Control.Queue? {
        sample.queues.first { $0.concurrencyID == selected }
    }

    /// The queue that is looked at more closely, also while something is asked about it.
    var detailed: String? {
        switch dialog {
        case .detail(let queue): queue
        case .confirm, .limit, .help: covered
        case nil: nil
        }
    }

    mutating func show(_ new: Dialog) {
        if case .detail = new { covered = nil } else { covered = detailed }
        dialog = new
    }

    /// Leaves the dialog for what was there before it.
    mutating func leaveDialog() {
        dialog = covered.map { .detail(queue: $0) }
        covered = nil
    }

    // MARK: What comes from the daemon

    mutating func take(_ new: TopSample) {
        let place = queues.firstIndex { $0.concurrencyID == selected } ?? 0
        sample = new
        history.record(new.queues)
        link = .up
        age()
        // What was selected is gone: whoever stands in its place now is.
        if selectedQueue == nil { select(place) }
        guard let detailed, new.detail == nil, selected != detailed else { return }
        covered = nil
        if case .detail = dialog { dialog = nil }
    }

    mutating func lose(_ reason: String, at now: Instant) {
        history.recordGap()
        age()
        // The first line says what is wrong, the others what to do before starting anything.
        let reason = String(reason.prefix { $0 != "\n" })
        if case .lost(_, let since) = link {
            link = .lost(reason: reason, since: since)
        } else {
            link = .lost(reason: reason, since: now)
        }
    }

    /// No answer since that moment.
    mutating func wait(since moment: Instant) {
        guard link == .up else { return }
        link = .silent(since: moment)
    }

    mutating func finish(_ change: TopChange, _ result: Result<String, ToolFailure>) {
        underway = nil
        switch result {
        case .success(let text): message = Message(text: text, tone: .good)
        case .failure(let failure):
            message = Message(text: "\(change.phrase): \(failure.message)", tone: .bad)
        }
    }

    private mutating func age() {
        message?.age += 1
        if let message, message.age >= longestMessage { self.message = nil }
    }

    // MARK: The selection

    mutating func move(by rows: Int) {
        let place = queues.firstIndex { $0.concurrencyID == selected } ?? 0
        select(place + rows)
    }

    /// The row at that place, or the nearest there is.
    mutating func select(_ place: Int) {
        let queues = queues
        guard !queues.isEmpty else { return selected = nil }
        selected = queues[min(max(0, place), queues.count - 1)].concurrencyID
    }
}
