import SluiceGateway
import Synchronization

/// Whether the daemon took a request: told once, asked once.
final class Admission: Sendable {
    private enum State {
        case open
        case asked(CheckedContinuation<Refusal?, Never>)
        case settled(Refusal?)
    }

    private let state = Mutex(State.open)

    /// - Parameter refusal: nil: it was taken, or will be told later.
    /// - Returns: false where it was settled already.
    func settle(_ refusal: Refusal?) -> Bool {
        let (isFirst, asker) = state.withLock { state in
            switch state {
            case .open:
                state = .settled(refusal)
                return (true, nil as CheckedContinuation<Refusal?, Never>?)
            case .asked(let asker):
                state = .settled(refusal)
                return (true, asker)
            case .settled: return (false, nil)
            }
        }
        asker?.resume(returning: refusal)
        return isFirst
    }

    func answer() async -> Refusal? {
        await withCheckedContinuation { asker in
            let settled = state.withLock { state -> Refusal?? in
                guard case .settled(let refusal) = state else {
                    state = .asked(asker)
                    return nil
                }
                return .some(refusal)
            }
            if let settled { asker.resume(returning: settled) }
        }
    }
}
