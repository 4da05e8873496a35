import Glibc
import SluiceSystem

/// The signals that concern a screen, kept from doing what they do until it has been put away.
enum TopSignals {
    /// End the program.
    static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    private static let all = ending + [SIGTSTP, SIGCONT, SIGWINCH]

    /// Seconds that the screen has to be put away, once the end was asked for: enough for a slow
    /// line to take it.
    private static let grace: UInt32 = 2

    /// Blocks them in this thread and those it will start, and has them delivered as events.
    ///
    /// A thread in `sigwait` rather than handlers, which may do next to nothing and would need
    /// state that the whole process sees.
    ///
    /// The end does not depend on whoever takes them: it may be in a write to a terminal that
    /// nobody reads, such as one of a broken ssh, and would be for ever.
    ///
    /// - Parameter modes: of the keyboard before the screen had it.
    static func deliver(
        to events: Mailbox<TopEvent>, givingBack modes: termios
    ) throws(SystemError) {
        mask(SIG_BLOCK, all)
        _ = try BackgroundThread {
            var waited = set(all)
            var signal: CInt = 0
            while sigwait(&waited, &signal) == 0 {
                events.post(.signal(signal))
                guard ending.contains(signal) else { continue }
                sleep(grace)
                // What was drawn will not be read, so there is nothing to wait for.
                var modes = modes
                tcsetattr(STDIN_FILENO, TCSANOW, &modes)
                obey(signal)
            }
        }
    }

    /// Lets the signal do to the process what it does by itself: end it, so that whoever started
    /// it sees by what, or stop it, and return when it goes on.
    static func obey(_ signal: CInt) {
        // Swift's runtime may have handlers of its own, to say where a program crashed; and one
        // that was started with the signal ignored, as by nohup, has lost its terminal all the
        // same.
        if ending.contains(signal) { Glibc.signal(signal, SIG_DFL) }
        // To this thread: the other would take it as one more event.
        raise(signal)
        mask(SIG_UNBLOCK, [signal])
        mask(SIG_BLOCK, [signal])
    }

    private static func mask(_ how: CInt, _ signals: [CInt]) {
        var signals = set(signals)
        // Fails for a `how` that does not exist.
        pthread_sigmask(how, &signals, nil)
    }

    private static func set(_ signals: [CInt]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
