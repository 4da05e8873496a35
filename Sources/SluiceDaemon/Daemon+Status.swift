import Glibc
import SluiceModel
import SluiceSystem

// What the service manager is told. Without one, or where it does not listen, nothing is.

extension Daemon {
    private var figures: StatusLine.Figures {
        // Only an engine that took back what there was could say what it leaves.
        StatusLine.Figures(
            load: engine.load, isReloadRefused: isReloadRefused, isReclaiming: engine.left == nil)
    }

    /// The service is up, or done with reloading.
    mutating func tellReady() throws(SystemError) {
        hasManager = try Notify.ready(status: statusLine.tell(figures))
    }

    /// At the end of a turn.
    mutating func tellStatus(at now: Instant) {
        guard hasManager, let text = statusLine.note(figures, at: now) else { return }
        do throws(SystemError) {
            try Notify.status(text)
        } catch {
            // A manager with too much to read is told later. One that is gone is not waited for.
            if error.code == EAGAIN { statusLine.takeBack() } else { hasManager = false }
        }
    }

    func tellReloading() {
        // Nor is this: the configuration matters more than who hears of it.
        _ = try? Notify.reloading(at: Loop.now(), status: "reloading the configuration")
    }

    func tellStopping() {
        let (waiting, running) = (engine.load.waiting, engine.load.running)
        // Peers and files matter more than a manager that does not listen.
        _ = try? Notify.stopping(
            status: "stopping: \(waiting) waiting, \(running) running; peers come back")
    }
}
