import SluiceEngine
import SluiceModel
import SluiceSystem

// Workers that run as units are systemd's to end. The daemon has no right to kill them: it asks.

extension Daemon {
    /// Has systemd restart a worker that hangs, where it is what runs it.
    ///
    /// Restart and not stop: a worker that hangs is as good as one that crashed, and that is
    /// started again, too. It is asked as any worker that is to leave, so what else it runs it may
    /// finish, and is killed after `TimeoutStopSec=`. Where an operator is stopping it already,
    /// this does nothing.
    func restartUnit(of worker: WorkerID, name: String) {
        ask(for: .restart, of: worker, because: .hung(worker, name: name))
    }

    /// - Returns: whether it is one of systemd's, and that was asked.
    @discardableResult
    func ask(for job: Units.Job, of worker: WorkerID, because reason: UnitReason) -> Bool {
        guard let connection = edge.connections.find(.worker, worker.rawValue),
            let unit = unit(of: connection)
        else { return false }
        units.ask(for: job, of: unit, because: reason)
        return true
    }

    private func unit(of connection: Connection) -> WorkerUnit? {
        guard let pidfd = connection.process?.number else { return nil }
        return Units.unit(of: connection.link.credentials.process, heldBy: pidfd)
    }

    mutating func takeUnitOutcomes() {
        for record in units.takeOutcomes() { report.say(record) }
    }
}
