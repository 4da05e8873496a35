import Logging
import NIOPosix
import ServiceLifecycle
import SluiceSystem

/// Signs of life for the service manager, while tasks and the loops of connections go on.
struct Watchdog: Service {
    let interval: Duration
    let logger: Logger

    /// Nil where no manager waits for them.
    init?(_ logger: Logger) throws(SystemError) {
        guard let interval = try Notify.watchdogInterval() else { return nil }
        self.interval = interval
        self.logger = logger
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // All of them: a loop that hangs has the gateway killed.
                for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                    try await loop.submit {}.get()
                }
                do { try Notify.watchdog() } catch {
                    logger.error("the manager cannot be told that the gateway lives: \(error)")
                }
                do { try await Task.sleep(for: interval / 3) } catch { return }
            }
        }
    }
}
