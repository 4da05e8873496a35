import Glibc
import SluiceModel
import SluiceSystem

/// What a thread does for a call: it asks systemd, and waits until the job is done.
struct UnitWork: Sendable {
    let order: Units.Order
    /// The address of another bus than the system's.
    let bus: String?

    /// A worker that starts is ready when it is connected, and does not load its model before.
    static let patience = Duration.seconds(90)
    /// A worker that stops may take `TimeoutStopSec=`, and nobody waits here for longer than that.
    static let longestStop = Duration.seconds(3600)

    func outcome() -> Units.Outcome {
        do throws(BusError) {
            let systemd = try ServiceManager(address: bus)
            return Units.Outcome(order: order, error: nil, changed: try carryOut(systemd))
        } catch {
            return Units.Outcome(order: order, error: error)
        }
    }

    /// - Returns: whether the unit was not so already.
    private func carryOut(_ systemd: borrowing ServiceManager) throws(BusError) -> Bool {
        let unit = "\(order.unit)"
        let before = try systemd.activeState(of: unit)
        var limit = Self.patience
        if order.job == .stop {
            let timeout = try systemd.stopTimeout(of: unit) ?? Self.longestStop
            limit += min(timeout, Self.longestStop)
        }
        let result = try systemd.finish(order.job, of: unit, by: Loop.now() + limit)
        switch result {
        case "done": break
        case nil:
            throw BusError(
                "the job is not done after \(limit.components.seconds) s, and goes on; "
                    + "'systemctl status \(unit)' says what it waits for", code: ETIMEDOUT)
        case "canceled": throw BusError("another job took the place of this one", code: ECANCELED)
        case "dependency": throw BusError("a unit that it requires did not start", code: EIO)
        case "failed": throw try failure(systemd, unit)
        case .some(let result):
            throw BusError("the job ended with '\(result)'; \(hint(unit))", code: EIO)
        }
        let isSo = order.job == .stop ? ["inactive", "failed"] : ["active"]
        return !isSo.contains(before)
    }

    private func failure(
        _ systemd: borrowing ServiceManager, _ unit: String
    ) throws(BusError) -> BusError {
        let reason: String
        switch try systemd.exitStatus(of: unit) {
        case 78:
            let name = order.unit.instance
            return BusError(
                "it has no command: neither /etc/sluice/workers/\(name).env has COMMAND= nor a "
                    + "drop-in ExecStart=; 'sluicectl worker-unit \(name) --command ...' gives it "
                    + "one", code: ENOENT)
        case 126, 127: reason = "its command cannot be run"
        case .some(let status): reason = "its process ended with status \(status)"
        case nil: reason = "it failed"
        }
        return BusError("\(reason); \(hint(unit))", code: EIO)
    }

    private func hint(_ unit: String) -> String { "'journalctl -u \(unit)' says why" }
}

extension BusError {
    /// The sentence for whoever asked.
    func reason(_ order: Units.Order) -> String {
        let remedy = "'systemctl \(order.job.verb) \(order.unit)' does it"
        if isWithoutBus { return "systemd cannot be asked over a system bus (\(self)); \(remedy)" }
        guard code == EACCES || code == EPERM else { return description }
        return "sluiced may not ask systemd for that (\(self)): it takes polkit with the rule "
            + "sluice.rules, see sluiced(8); \(remedy)"
    }
}
