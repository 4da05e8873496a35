import Glibc

/// What the outside asks of a daemon by signal.
public enum Signal: CInt, Hashable, Sendable, CaseIterable {
    /// Stop: from the manager.
    case terminate = 15
    /// Stop: from the keyboard.
    case interrupt = 2
    /// Read the configuration again.
    case hangup = 1

    /// As kill(1) and everybody else writes it.
    public var name: String {
        switch self {
        case .terminate: "SIGTERM"
        case .interrupt: "SIGINT"
        case .hangup: "SIGHUP"
        }
    }

    /// Keeps signals from killing the process, so that they wait for `SystemdEvents`.
    ///
    /// Must be called in the main thread before any other starts: threads inherit the mask, and
    /// one thread without it is enough for the signal to kill us all.
    public static func block(_ signals: [Signal] = allCases) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal.rawValue) }
        let code = pthread_sigmask(SIG_BLOCK, &set, nil)
        guard code == 0 else { throw SystemError("pthread_sigmask", code: code) }
    }

    /// Makes writing to a pipe that nobody reads an error, as it is for our sockets, so that a
    /// reader of our standard error that goes away does not take us along.
    public static func ignoreBrokenPipes() {
        // Fails only for signals that cannot be ignored.
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
    }
}
