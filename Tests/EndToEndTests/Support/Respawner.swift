import Glibc
import Synchronization

/// Starts a Python worker again whenever it dies, as a service manager would.
final class Respawner {
    private struct State {
        var child: Child?
        var isStopping = false
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared = Shared()
    private let work: Work<Int>

    init(_ daemon: TestDaemon, _ name: String) {
        let directory = daemon.directory
        let shared = shared
        work = Work {
            var deaths = 0
            while true {
                let worker = try startPython(name, [], in: directory)
                shared.state.withLock { state in
                    state.child = worker.child
                    if state.isStopping { worker.child.send(SIGKILL) }
                }
                try worker.waitForEnd()
                guard !shared.state.withLock({ $0.isStopping }) else { return deaths }
                deaths += 1
            }
        }
    }

    /// Ends the worker, and says how often one had died before.
    func stop() throws -> Int {
        end()
        return try work.value()
    }

    private func end() {
        shared.state.withLock { state in
            state.isStopping = true
            state.child?.send(SIGKILL)
        }
    }

    deinit { end() }
}
