import SluiceEngine
import SluiceModel

// Forged admissions and outcomes.
extension Tamper.Turn {
    mutating func forgeEnding(_ forgery: Forgery, _ before: Model) -> Bool {
        if forgery == .admissionsSwapped { return swapAdmissions() }
        for (index, effect) in effects.enumerated() {
            guard let (client, number, conclusion) = effect.conclusion,
                isMeant(conclusion, by: forgery, before),
                before.detached.settling[conclusion.request] == nil
            else { continue }
            switch forgery {
            case .outcomeRepeated: effects.append(effect)
            case .outcomeFalse, .refusalFalse:
                var forged = conclusion
                forged.code = forgery == .refusalFalse ? .notPermitted : .outOfMemory
                guard case .refused(_, _, _, let refusal) = effect else {
                    effects[index] = .outcome(client, number, forged)
                    return true
                }
                effects[index] = .refused(client, number, forged, refusal)
            case .refusalMute: effects[index] = .outcome(client, number, conclusion)
            case .wordAfterOutcome:
                guard let client else { continue }
                effects.append(.started(client, number, attempt: 1))
            default: effects.remove(at: index)
            }
            return true
        }
        return false
    }

    private func isMeant(
        _ conclusion: Conclusion, by forgery: Forgery, _ before: Model
    ) -> Bool {
        switch forgery {
        case .refusalFalse, .refusalMute: conclusion.code == .queueFull
        case .expiryDropped:
            conclusion.outcome == .expired && before.requests[conclusion.request] != nil
        case .outcomeDropped:
            conclusion.outcome != .rejected && conclusion.outcome != .expired
                && before.requests[conclusion.request] != nil
        default: conclusion.outcome == .completed
        }
    }

    /// A client is let in with its claim as if it were new.
    mutating func renumberClaim() -> Bool {
        for case .reclaimed(let client, let submission, let claim) in events {
            let admission = effects.firstIndex {
                guard case .admitted(client, submission.number, claim.request, _) = $0 else {
                    return false
                }
                return true
            }
            guard let admission else { continue }
            effects[admission] = .admitted(
                client, submission.number, RequestID(rawValue: 1_000_000), isGranted: false)
            return true
        }
        return false
    }

    /// The later of two newcomers is admitted as if it were the earlier.
    private mutating func swapAdmissions() -> Bool {
        // With claims it is more than the order that would be wrong.
        guard !events.contains(where: \.isClaim) else { return false }
        var admissions: [(index: Int, id: RequestID)] = []
        for (index, effect) in effects.enumerated() {
            guard case .admitted(_, _, let id, _) = effect else { continue }
            admissions.append((index, id))
        }
        guard admissions.count >= 2 else { return false }
        for (position, other) in [(admissions[0], admissions[1]), (admissions[1], admissions[0])] {
            guard case .admitted(let client, let number, _, let isGranted) = effects[position.index]
            else {
                continue
            }
            effects[position.index] = .admitted(client, number, other.id, isGranted: isGranted)
        }
        return true
    }
}

extension Event {
    fileprivate var isClaim: Bool { if case .reclaimed = self { true } else { false } }
}
