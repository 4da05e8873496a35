import SluiceEngine
import SluiceModel

/// Stands between engine and rules, and at the first occasion shows the rules one turn as if the
/// engine had broken one of them.
struct Tamper {
    struct Turn {
        var now: Instant
        var events: [Event]
        var effects: [Effect]
        var nextDeadline: Instant?
    }

    let forgery: Forgery
    private(set) var isDone = false

    init(_ forgery: Forgery) { self.forgery = forgery }

    /// - Parameters:
    ///   - before: the model as it was before the turn.
    ///   - after: what an honest turn makes of it.
    mutating func meddle(with turn: inout Turn, before: Model, after: Model) {
        guard !isDone else { return }
        isDone =
            switch forgery {
            case .outcomeDropped, .outcomeRepeated, .outcomeFalse, .wordAfterOutcome,
                .refusalFalse, .refusalMute, .admissionsSwapped, .expiryDropped:
                turn.forgeEnding(forgery, before)
            case .reportDropped, .reportsSwapped, .acknowledgementDropped, .revocationDropped,
                .innocentRevoked, .replyDropped, .hangingUnsaid, .drainUnsaid, .changeFalse,
                .changeUnsaid, .reclaimUnsaid, .bodyReleasedTwice, .bodyKept, .rankFalse,
                .statusDropped:
                turn.forgeWord(forgery, after)
            case .limitExceeded, .placeFreedByCancel, .slotsExceeded, .youngerFirst,
                .seatLeftEmpty, .busierWorker, .attemptSkipped, .suspectInCompany,
                .grantWithheld, .startedEarly:
                turn.forgeGrant(forgery, before, after)
            case .claimRenumbered: turn.renumberClaim()
            case .acceptUnasked, .startUnsaid, .returnUnsaid, .chunkUnkept, .outcomeUnkept,
                .keptFalse, .pastUntold, .grantedUnstored, .repetitionUnanswered, .listenerUntold,
                .listenerToldTwice, .listenerToldFalse, .toldUnstored, .settledUnacknowledged,
                .leaverKept, .leaverTold:
                turn.forgeDetached(forgery, before, after)
            case .placedOnCordoned, .placedOnFull, .placedBesideExclusive, .placedOnTooFew,
                .placedWithoutMemory, .placedUnseen, .placedWithHeedless, .promiseBroken,
                .leasePromiseBroken, .leaseUnasked, .leaseWithheld, .leaseUnfree, .leaseUnseen,
                .leaseForgotten,
                .cordonUnsaid,
                .uncordonUnsaid, .deviceUnwatched, .dismissalUnsaid:
                turn.forgeDevices(forgery, before, after)
            case .admittedOverSize, .wokenTooLate:
                turn.forgeSetting(forgery, after)
            }
    }
}

extension Tamper.Turn {
    /// Takes out the first effect of a kind.
    mutating func drop(where isMeant: (Effect) -> Bool) -> Bool {
        guard let index = effects.firstIndex(where: isMeant) else { return false }
        effects.remove(at: index)
        return true
    }

    /// What was set or promised for later.
    mutating func forgeSetting(_ forgery: Forgery, _ after: Model) -> Bool {
        if forgery == .wokenTooLate {
            guard let due = nextDeadline,
                after.requests.values.contains(where: { $0.deadline == due })
            else { return false }
            nextDeadline = due + .nanoseconds(1)
            return true
        }
        // Somebody had set a bound below what waits, before the newcomer came.
        guard let newcomer = after.newcomers.last, let request = after.requests[newcomer],
            request.isWaiting, !request.isDetached
        else { return false }
        let queue = after.functions[request.function].queue
        let size = after.waiting(in: queue) - 1
        let set = Command.set(.queue(after.queues[queue].name), [.maxSize(.at(size))])
        events.insert(.commanded(set, token: 0), at: 0)
        effects.insert(.reply(token: 0, .done([])), at: 0)
        return true
    }
}
