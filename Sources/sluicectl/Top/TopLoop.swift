import Glibc
import SluiceModel
import SluiceSystem

/// The live screen: waits for keys, signals, answers and the next poll, and draws what changed.
struct TopLoop: ~Copyable {
    private let terminal: TerminalSession
    private let painter: ScreenPainter
    private let asker: TopAsker
    private let events: Mailbox<TopEvent>
    private let interval: Duration
    private var window: TopWindow
    private var model: TopModel
    private var keyboard = Keyboard()
    /// When the poll was asked that is not answered yet.
    private var askedAt: Instant?
    private var nextPoll: Instant
    private var isOver = false

    /// After an Esc, how long the rest of an arrow may be on its way: longer than a byte takes over
    /// ssh, shorter than anybody notices.
    private static let keyGap = Duration.milliseconds(60)
    /// An answer that takes longer is worth a word. A daemon answers within a millisecond.
    private static let patience = Duration.seconds(2)

    /// - Parameter first: what there is to show at once.
    init(
        _ first: TopSample, interval: Duration, runtimeDirectory: String?
    ) throws(SystemError) {
        let events = try Mailbox<TopEvent>()
        let modes = try TerminalSession.modes()
        // Before any other thread starts: they inherit what is blocked.
        try TopSignals.deliver(to: events, givingBack: modes)
        let asker = try TopAsker(runtimeDirectory: runtimeDirectory, events: events)
        terminal = TerminalSession(modes)
        (self.events, self.asker) = (events, asker)
        painter = ScreenPainter(
            coloured: Terminal.style.coloured, unicode: Terminal.takesUnicode)
        model = TopModel(first, interval: interval.inSeconds)
        window = TopWindow(
            columns: 0, rows: 0, host: hostName(), interval: interval.inSeconds,
            bars: painter.unicode ? .blocks : .ascii)
        self.interval = interval
        nextPoll = Loop.now() + interval
    }

    /// Runs until somebody leaves it.
    mutating func run() {
        terminal.enter()
        while !isOver {
            draw()
            let keys = waitForKeys()
            take(keys)
            var new: [TopEvent] = []
            events.drain(into: &new)
            for event in new { take(event) }
            poll()
        }
    }

    private mutating func draw() {
        let size = terminal.size
        if (size.columns, size.rows) != (window.columns, window.rows) {
            (window.columns, window.rows) = size
            terminal.write(ScreenPainter.wipe)
        }
        let screen = TopScreen(model: model, window: window, now: Loop.now())
        model.page = screen.page
        model.columns = size.columns
        terminal.write(painter.frame(screen.lines(), columns: size.columns))
    }

    // MARK: What comes in

    /// Keys, if any came before something else did or a poll is due.
    private mutating func waitForKeys() -> [Key] {
        let now = Loop.now()
        let timeout = keyboard.isUndecided ? Self.keyGap : nextPoll - now
        var entries = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: events.number, events: Int16(POLLIN), revents: 0),
        ]
        // Rounded up: what is due in half a millisecond is not due yet.
        let milliseconds = max(0, (timeout.nanoseconds + 999_999) / 1_000_000)
        let count = Glibc.poll(&entries, 2, CInt(clamping: milliseconds))
        guard count > 0 else { return keyboard.decide() }
        guard entries[0].revents != 0 else { return [] }
        guard let bytes = terminal.read() else {
            isOver = true
            return []
        }
        return keyboard.feed(bytes)
    }

    private mutating func take(_ keys: [Key]) {
        for key in keys {
            switch model.press(key) {
            case .quit: isOver = true
            case .change(let change):
                asker.ask(.change(change))
                // Its effect shall be seen as soon as it is there.
                nextPoll = .distantPast
            case .poll: nextPoll = .distantPast
            case .redraw: terminal.write(ScreenPainter.wipe)
            case nil: break
            }
        }
    }

    private mutating func take(_ event: TopEvent) {
        switch event {
        case .sample(.success(let sample)):
            askedAt = nil
            model.take(sample)
        case .sample(.failure(let failure)):
            askedAt = nil
            model.lose(failure.message, at: Loop.now())
        case .changed(let change, let result): model.finish(change, result)
        case .signal(let signal): take(signal: signal)
        }
    }

    private mutating func take(signal: CInt) {
        switch signal {
        case SIGWINCH: return
        case SIGTSTP:
            terminal.leave()
            TopSignals.obey(signal)
            terminal.enter()
        case SIGCONT: terminal.enter()
        default:
            // The end, for which there is no other place: nothing after `obey` is reached.
            terminal.leave()
            TopSignals.obey(signal)
        }
    }

    /// One question at a time: a daemon that does not answer is not asked again.
    private mutating func poll() {
        let now = Loop.now()
        if let askedAt, now - askedAt > Self.patience { model.wait(since: askedAt) }
        guard now >= nextPoll else { return }
        nextPoll = now + interval
        guard askedAt == nil else { return }
        askedAt = now
        asker.ask(.sample(detail: model.detailed))
    }
}
