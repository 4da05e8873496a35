import Glibc
import SluiceModel
import SluiceSystem

/// What systemd is asked to do with the units of workers: a thread that asks and waits for the
/// answers, while the loop goes on.
///
/// The thread begins with the first order, and the bus is opened for each round of them: orders are
/// rare, and a bus that was restarted in between is none that has to be noticed.
final class Units {
    typealias Job = ServiceManager.Job

    /// What was asked for, and why.
    struct Order: Hashable, Sendable {
        let job: Job
        let unit: WorkerUnit
        let reason: UnitReason
    }

    struct Outcome: Sendable {
        let order: Order
        /// Why systemd did not take it, or, where somebody waits, why it was not done; nil: it was.
        let error: BusError?
        /// Whether the unit was not so already.
        var changed = true
    }

    /// Where the loop hears what became of its orders.
    let outcomes: Mailbox<Outcome>
    private var orders: Mailbox<Order>?
    /// Units with an order that has no answer: no worker can have more than one lie here.
    private var pending: Set<WorkerUnit> = []
    /// Calls that wait for the end of what they asked for.
    private var calls = 0
    private var lastToken: UInt64 = 0
    /// Whether it was said that there is no bus, and still there is none.
    private var isKnownToBeAlone = false
    private let bus: String?

    /// - Parameter bus: the address of another than the system's.
    init(bus: String? = nil) throws(SystemError) {
        self.bus = bus
        outcomes = try Mailbox()
    }

    /// The unit that runs a process, where it is a worker's.
    ///
    /// - Parameter pidfd: of the same process. A number may have been given to another one since
    ///   it was told; that of a process which is there now was not.
    static func unit(of process: pid_t, heldBy pidfd: CInt) -> WorkerUnit? {
        guard let unit = SluiceSystem.unit(of: process), !isOver(pidfd) else { return nil }
        return WorkerUnit(unit: unit)
    }

    private static func isOver(_ pidfd: CInt) -> Bool {
        var end = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return poll(&end, 1, 0) != 0
    }

    /// Has systemd do it. Nothing happens to a unit that still waits for an answer.
    func ask(for job: Job, of unit: WorkerUnit, because reason: UnitReason) {
        guard pending.insert(unit).inserted else { return }
        let order = Order(job: job, unit: unit, reason: reason)
        do throws(SystemError) {
            try begin().post(order)
        } catch {
            outcomes.post(
                Outcome(order: order, error: BusError(error.description, code: error.code)))
        }
    }

    /// Calls at once: each has a thread that waits with it.
    static let longest = 16

    /// Has systemd do it, and waits for the end; see `Outcome`.
    ///
    /// - Returns: nil where too many wait already.
    func carryOut(
        _ job: Job, of unit: WorkerUnit, for connection: UInt64, user: UInt32
    ) -> UnitCall? {
        guard calls < Self.longest else { return nil }
        calls += 1
        lastToken += 1
        let call = UnitCall(connection: connection, token: lastToken, user: user)
        let work = UnitWork(order: Order(job: job, unit: unit, reason: .asked(call)), bus: bus)
        do throws(SystemError) {
            try BackgroundThread { [outcomes] in outcomes.post(work.outcome()) }.detach()
        } catch {
            outcomes.post(
                Outcome(order: work.order, error: BusError(error.description, code: error.code)))
        }
        return call
    }

    /// What became of orders, as far as it is to be told. Where there is no bus the log has this
    /// once: what cannot be had is no news the second time. Whoever waits is always told.
    func takeOutcomes() -> [Outcome] {
        var taken: [Outcome] = []
        outcomes.drain(into: &taken)
        return taken.filter { outcome in
            if case .asked = outcome.order.reason {
                calls -= 1
                return true
            }
            pending.remove(outcome.order.unit)
            let wasAlone = isKnownToBeAlone
            isKnownToBeAlone = outcome.error?.isWithoutBus ?? false
            return !(wasAlone && isKnownToBeAlone)
        }
    }

    private func begin() throws(SystemError) -> Mailbox<Order> {
        if let orders { return orders }
        let orders = try Mailbox<Order>()
        // It goes with the program, whatever systemd owes it.
        _ = try BackgroundThread { [outcomes, bus] in Self.serve(orders, on: bus, outcomes) }
        self.orders = orders
        return orders
    }

    private static func serve(
        _ mailbox: Mailbox<Order>, on bus: String?, _ outcomes: Mailbox<Outcome>
    ) {
        var orders: [Order] = []
        while true {
            mailbox.wait()
            orders.removeAll()
            mailbox.drain(into: &orders)
            guard !orders.isEmpty else { continue }
            do throws(BusError) {
                let systemd = try ServiceManager(address: bus)
                for order in orders { outcomes.post(carryOut(order, systemd)) }
            } catch {
                for order in orders { outcomes.post(Outcome(order: order, error: error)) }
            }
        }
    }

    private static func carryOut(_ order: Order, _ systemd: borrowing ServiceManager) -> Outcome {
        do throws(BusError) {
            try systemd.ask(for: order.job, of: order.unit.description)
            return Outcome(order: order, error: nil)
        } catch {
            return Outcome(order: order, error: error)
        }
    }
}
