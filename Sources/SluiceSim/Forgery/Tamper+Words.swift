import SluiceEngine
import SluiceModel

// Forged words to clients, workers, operators and whoever keeps the bodies.
extension Tamper.Turn {
    mutating func forgeWord(_ forgery: Forgery, _ after: Model) -> Bool {
        switch forgery {
        case .reportDropped: drop { if case .report = $0 { true } else { false } }
        case .reportsSwapped: swapReports()
        case .acknowledgementDropped: drop { if case .acknowledge = $0 { true } else { false } }
        case .revocationDropped: drop { after.isRevocation($0) }
        case .innocentRevoked: revokeInnocent(after)
        case .replyDropped: drop { if case .reply = $0 { true } else { false } }
        case .hangingUnsaid: drop { after.isHanging($0) }
        case .drainUnsaid: drop { if case .notice(.drained) = $0 { true } else { false } }
        case .changeFalse: falsifyChange(after)
        case .changeUnsaid: drop { after.isCommandedChange($0) }
        case .reclaimUnsaid: drop { if case .notice(.reclaimed) = $0 { true } else { false } }
        case .bodyReleasedTwice: releaseTwice()
        case .bodyKept: drop { if case .release = $0 { true } else { false } }
        case .rankFalse: falsifyRank()
        case .statusDropped: dropFirstStatus(after)
        default: false
        }
    }

    /// Two words about one request change places.
    private mutating func swapReports() -> Bool {
        var last: (index: Int, key: Model.Key)?
        for (index, effect) in effects.enumerated() {
            guard case .report(let client, let number, _, _, _) = effect else { continue }
            let key = Model.Key(client: client, number: number)
            if let last, last.key == key {
                effects.swapAt(last.index, index)
                return true
            }
            last = (index, key)
        }
        return false
    }

    private mutating func revokeInnocent(_ after: Model) -> Bool {
        for (id, grant) in after.grants.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let item = grant.items.firstIndex(where: { $0.isLive && !$0.isAnswered }) else {
                continue
            }
            effects.append(.revoke(grant.worker, id, item: item))
            return true
        }
        return false
    }

    private mutating func releaseTwice() -> Bool {
        let release = effects.first { if case .release = $0 { true } else { false } }
        guard let release else { return false }
        effects.append(release)
        return true
    }

    private mutating func falsifyRank() -> Bool {
        for (index, effect) in effects.enumerated() {
            guard case .status(let client, let number, var status) = effect else { continue }
            status.rank += 1
            effects[index] = .status(client, number, status)
            return true
        }
        return false
    }

    private mutating func falsifyChange(_ after: Model) -> Bool {
        guard after.settingEvents == 1 else { return false }
        for (index, effect) in effects.enumerated() {
            guard case .notice(.changed(let target, var change, let cause)) = effect,
                case .limit(let new) = change.new,
                after.value(at: Model.Place(target: target, key: change.key)) == change.new
            else { continue }
            change.new = .limit(.at((new.number ?? 0) + 1))
            effects[index] = .notice(.changed(target, change, cause))
            return true
        }
        return false
    }

    /// The one a client gets when it is let in.
    private mutating func dropFirstStatus(_ after: Model) -> Bool {
        guard after.configuration.daemon.statusBudget >= 1_000 else { return false }
        return drop {
            guard case .status(let client, let number, _) = $0,
                let id = after.numbers[Model.Key(client: client, number: number)]
            else { return false }
            return after.newcomers.contains(id)
        }
    }
}

extension Model {
    /// Of what was set in a turn in which nothing else was.
    fileprivate func isCommandedChange(_ effect: Effect) -> Bool {
        guard settingEvents == 1, case .notice(.changed(let target, let change, _)) = effect else {
            return false
        }
        return commandedPlaces.contains(Place(target: target, key: change.key))
    }

    /// Of a worker that is still there to be told.
    fileprivate func isRevocation(_ effect: Effect) -> Bool {
        guard case .revoke(let worker, _, _) = effect else { return false }
        return workerIndex(worker) != nil
    }

    fileprivate func isHanging(_ effect: Effect) -> Bool {
        guard case .notice(.workerHung(let worker, _)) = effect else { return false }
        return workerIndex(worker) != nil
    }
}
