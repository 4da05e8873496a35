import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

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
        for outcome in units.takeOutcomes() {
            if let record = LogRecord.of(outcome) { report.say(record) }
            control.take(outcome)
        }
    }

    /// What an operator asked for. The reply waits for systemd, and the loop for nobody.
    mutating func steer(_ pending: PendingCall) {
        do throws(ControlError) {
            guard let (job, unit) = try pending.call.unitJob else { return }
            guard
                let call = units.carryOut(
                    job, of: unit, for: pending.connection.serial, user: pending.user)
            else { throw .tooMany("calls that wait for systemd at once", limit: Units.longest) }
            report.say(.asked(for: job, of: unit, by: call.user))
            if !pending.isOneway { pending.connection.send(answerTo: .unit(call.token)) }
        } catch {
            if !pending.isOneway { pending.connection.send(error.message) }
        }
    }
}
