import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

/// The only place that logs. It says what an operator would look up: start, stop, reload, who
/// changed what, losses. In health it is silent: no request, refused or not, is worth a line.
struct Report {
    private let journal = Journal()

    /// - Parameter state: where changes are kept; nil: nowhere.
    func started(_ directory: String, keeping state: String?) {
        let kept = state == nil ? "; without a state directory changes end with it" : ""
        journal.send(.info, "sluiced \(version) listens in \(directory)\(kept)")
    }

    func stopping(_ signal: Signal, waiting: Int, running: Int) {
        journal.send(
            .info,
            "stopping on \(signal.name): \(running) batches are running and \(waiting) requests wait; "
                + "peers are told to come back")
    }

    func reloaded(_ who: String) { journal.send(.info, "configuration reloaded by \(who)") }

    func refusedReload(_ errors: [ConfigurationError]) {
        for error in errors { journal.send(.error, "\(error)") }
        journal.send(.error, "the configuration was not reloaded; the one before it stays")
    }

    func warned(_ warnings: [ConfigurationError]) {
        for warning in warnings { journal.send(.warning, "\(warning)") }
    }

    /// What another program did wrong, that an operator may have to mend.
    func troubled(_ message: String) { journal.send(.warning, message) }

    func failed(_ message: String) { journal.send(.error, message) }

    func dismissed(_ peer: String, _ reason: String) {
        journal.send(.notice, "\(peer): \(reason)")
    }

    /// What somebody did over the control socket that no notice tells of.
    ///
    /// - Parameter changes: values in force that it changed.
    func did(_ call: Control.Call, by user: UInt32, changes: Int) {
        let field = ("SLUICE_USER", "\(user)")
        switch call {
        case .set(let set) where changes == 0:
            let keys = set.values.keys.sorted().joined(separator: ", ")
            journal.send(
                .notice, "\(set.target): \(keys) set by user \(user) to what was in force already",
                [field])
        case .revert(let revert) where changes == 0:
            journal.send(
                .notice, "\(revert.target) reverted by user \(user): no value in force changed",
                [field])
        case .cancel(let cancel):
            journal.send(.notice, "request \(cancel.id) cancelled by user \(user)", [field])
        case .forget(let forget):
            journal.send(
                .notice, "function \(forget.function) forgotten by user \(user)", [field])
        default: break
        }
    }

    /// What the engine found worth noting; see `Notice`.
    ///
    /// - Parameter user: who did it; nil where nobody did.
    func note(_ notice: Notice, by user: UInt32?) {
        switch notice {
        case .request, .workerAttached, .workerDetached: break
        case .workerLost(let worker, _, _):
            journal.send(.warning, notice.message, [("SLUICE_WORKER", "\(worker)")])
        case .workerHung(let worker, _):
            journal.send(.warning, notice.message, [("SLUICE_WORKER", "\(worker)")])
        case .workerRecovered(let worker, _):
            journal.send(.notice, notice.message, [("SLUICE_WORKER", "\(worker)")])
        case .functionPaused(let function, _):
            journal.send(.error, notice.message, [("SLUICE_FUNCTION", function)])
        case .limitsDisagree(let queue, _, _):
            journal.send(.warning, notice.message, [("SLUICE_QUEUE", queue)])
        case .changed, .held, .drained, .notRestored:
            let fields = user.map { [("SLUICE_USER", "\($0)")] } ?? []
            journal.send(.notice, notice.message(by: user), fields)
        }
    }
}
