import SluiceEngine
import SluiceModel

// Forged words to the store, and to those who listen to what is detached.
extension Tamper.Turn {
    mutating func forgeDetached(_ forgery: Forgery, _ before: Model, _ after: Model) -> Bool {
        switch forgery {
        case .acceptUnasked: drop { $0.storeWord == .accept }
        case .startUnsaid: drop { $0.storeWord == .start }
        case .returnUnsaid: drop { $0.storeWord == .giveBack }
        case .chunkUnkept: drop { $0.storeWord == .keep }
        case .outcomeUnkept:
            drop {
                guard case .store(.finish(let id, _)) = $0 else { return false }
                return before.detached.settling[id] == nil
            }
        case .pastUntold: drop { $0.storeWord == .fetch }
        case .keptFalse: falsifyKept()
        case .grantedUnstored: grantUnstored(after)
        case .repetitionUnanswered: drop { if case .repeated = $0 { true } else { false } }
        case .listenerUntold: drop { $0.isTelling(after) }
        case .listenerToldTwice: repeatTelling(after)
        case .listenerToldFalse: falsifyTelling(after)
        case .toldUnstored: tellUnstored(after)
        case .settledUnacknowledged: dropAcknowledgement(before)
        case .leaverKept: drop { if case .left(_, _, true) = $0 { true } else { false } }
        case .leaverTold: tellLeaver()
        default: false
        }
    }

    private mutating func falsifyKept() -> Bool {
        for (index, effect) in effects.enumerated() {
            guard case .store(.finish(let id, var conclusion)) = effect else { continue }
            conclusion.code = .notPermitted
            effects[index] = .store(.finish(id, conclusion))
            return true
        }
        return false
    }

    /// A worker is given what a crash could still forget.
    private mutating func grantUnstored(_ after: Model) -> Bool {
        for (id, storing) in after.detached.storing.sorted(by: { $0.key < $1.key }) {
            let worker = after.workers.first {
                after.canTake($0, storing.function, alone: false)
            }
            guard let worker else { continue }
            let grant = GrantID(rawValue: 1_000_001)
            let name = after.functions[storing.function].name
            effects.append(.grant(worker.id, grant, function: name, count: 1, devices: []))
            effects.append(
                .item(worker.id, grant, index: 0, id, attempt: 1, storing.ask.body))
            return true
        }
        return false
    }

    private mutating func repeatTelling(_ after: Model) -> Bool {
        guard let telling = effects.first(where: { $0.isTelling(after) }) else { return false }
        effects.append(telling)
        return true
    }

    private mutating func falsifyTelling(_ after: Model) -> Bool {
        for (index, effect) in effects.enumerated() where effect.isTelling(after) {
            guard case .outcome(let client, let number, var conclusion) = effect else { continue }
            conclusion.code = conclusion.code == .deadline ? .ok : .deadline
            effects[index] = .outcome(client, number, conclusion)
            return true
        }
        return false
    }

    /// An outcome is told when the store is asked to keep it.
    private mutating func tellUnstored(_ after: Model) -> Bool {
        for case .store(.finish(let id, let conclusion)) in effects {
            guard let key = after.detached.settling[id]?.listeners.first else { continue }
            effects.append(.outcome(key.client, key.number, conclusion))
            return true
        }
        return false
    }

    /// Who wants to hear no more is told something all the same.
    private mutating func tellLeaver() -> Bool {
        for case .left(let client, let number, wasListening: true) in effects {
            effects.append(.started(client, number, attempt: 1))
            return true
        }
        return false
    }

    /// Of an answer that is stored by now.
    private mutating func dropAcknowledgement(_ before: Model) -> Bool {
        let sources = before.detached.settling.values.compactMap(\.source)
        return drop {
            guard case .acknowledge(let worker, let grant, let item?) = $0 else { return false }
            return sources.contains(AnswerSource(worker: worker, grant: grant, item: item))
        }
    }
}

private enum StoreKind { case accept, find, start, giveBack, keep, finish, fetch }

extension Effect {
    fileprivate var storeWord: StoreKind? {
        guard case .store(let task) = self else { return nil }
        switch task {
        case .accept: return .accept
        case .find: return .find
        case .start: return .start
        case .giveBack: return .giveBack
        case .keep: return .keep
        case .finish: return .finish
        case .fetch: return .fetch
        }
    }

    /// Whether it tells somebody who listens how a request ended.
    fileprivate func isTelling(_ after: Model) -> Bool {
        guard case .outcome(.some, _, let conclusion) = self else { return false }
        return after.detached.tellings[conclusion.request] != nil
    }
}
