import SluiceEngine
import SluiceWire

extension Notice {
    /// The notice as a monitor gets it.
    func event(by user: UInt32?) -> Control.Event {
        var event = Control.Event(
            kind: kind, happenedAt: wallClock(), message: message(by: user))
        event.user = user
        switch self {
        case .request(let id, let function, let queue, let step):
            event.request = id.rawValue
            event.function = function
            event.concurrencyID = queue
            switch step {
            case .granted(let worker): event.worker = worker.rawValue
            case .started(let attempt): event.attempt = attempt
            case .ended(let code): event.code = code.rawValue
            case .admitted, .returned: break
            }
        case .workerAttached(let worker, _, _), .workerDetached(let worker, _),
            .workerHung(let worker, _), .workerRecovered(let worker, _):
            event.worker = worker.rawValue
        case .workerLost(let worker, _, let unanswered):
            event.worker = worker.rawValue
            event.count = unanswered
        case .functionPaused(let function, let deaths):
            event.function = function
            event.count = deaths
        case .limitsDisagree(let queue, _, _): event.concurrencyID = queue
        case .changed(let target, let change, let cause):
            event.target = Control.Target(target)
            event.change = Control.Change(change)
            event.cause = Control.Cause(cause)
        case .held(let target, let hold):
            event.target = Control.Target(target)
            event.hold = Control.Hold(hold)
        case .reclaimed(let requests, _, _): event.count = requests
        case .deviceFound(let description): event.device = description.name
        case .deviceCordoned(let device, _, _), .deviceUncordoned(let device, _):
            event.device = device
        case .drained(let target), .notRestored(let target, _):
            event.target = Control.Target(target)
        }
        return event
    }

    private var kind: Control.EventKind {
        switch self {
        case .request(_, _, _, .admitted): .requestAdmitted
        case .request(_, _, _, .granted): .requestGranted
        case .request(_, _, _, .started): .requestStarted
        case .request(_, _, _, .returned): .requestReturned
        case .request(_, _, _, .ended): .requestEnded
        case .workerAttached: .workerAttached
        case .workerLost: .workerLost
        case .workerDetached: .workerDetached
        case .workerHung: .workerHung
        case .workerRecovered: .workerRecovered
        case .functionPaused: .functionPaused
        case .limitsDisagree: .limitsDisagree
        case .changed: .changed
        case .held: .held
        case .drained: .drained
        case .reclaimed: .reclaimed
        case .notRestored: .notRestored
        case .deviceFound: .deviceFound
        case .deviceCordoned: .deviceCordoned
        case .deviceUncordoned: .deviceUncordoned
        }
    }
}
