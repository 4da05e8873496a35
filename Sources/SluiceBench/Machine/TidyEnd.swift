import Glibc
import SluiceSystem
import Synchronization

/// What is done when a signal ends us: directories go. The processes go by themselves, because the
/// kernel ends them with us.
public enum TidyEnd {
    private static let directories = Mutex<Set<String>>([])

    /// Waits for the signals that end a program. To be called first: every thread inherits that
    /// they are blocked.
    public static func prepare() throws(BenchError) {
        do {
            try Signal.block([.terminate, .interrupt, .hangup])
            let thread = try BackgroundThread {
                var set = sigset_t()
                sigemptyset(&set)
                for signal in Signal.allCases { sigaddset(&set, signal.rawValue) }
                var signal: CInt = 0
                guard sigwait(&set, &signal) == 0 else { return }
                // Held from here on, so that no directory is made any more.
                directories.withLock { paths in
                    for path in paths { TemporaryDirectory.remove(path) }
                    _exit(128 + signal)
                }
            }
            _ = consume thread
        } catch {
            throw .system(error)
        }
    }

    static func add(_ make: () -> String?) -> String? {
        directories.withLock { paths in
            let path = make()
            if let path { paths.insert(path) }
            return path
        }
    }

    static func remove(_ path: String) {
        directories.withLock { paths in
            TemporaryDirectory.remove(path)
            paths.remove(path)
        }
    }
}
