/// One way in which an engine could break a rule. Each is forged into what the rules are shown,
/// to see that the rule it breaks, and not just any, notices.
public enum Forgery: String, Sendable, CaseIterable {
    // outcome
    case outcomeDropped, outcomeRepeated, outcomeFalse, wordAfterOutcome
    // admission
    case refusalFalse, refusalMute, admissionsSwapped, admittedOverSize
    // reports
    case reportDropped, reportsSwapped
    // answers, revocation, replies, notices
    case acknowledgementDropped, revocationDropped, innocentRevoked, replyDropped, hangingUnsaid,
        drainUnsaid, changeFalse, changeUnsaid, reclaimUnsaid
    // places
    case limitExceeded, placeFreedByCancel, slotsExceeded
    // order
    case youngerFirst, seatLeftEmpty, busierWorker
    // company
    case attemptSkipped, suspectInCompany
    // idleness
    case grantWithheld
    // bodies
    case bodyReleasedTwice, bodyKept
    // deadlines
    case expiryDropped, wokenTooLate
    // status
    case rankFalse, statusDropped
    // reclaim
    case claimRenumbered, startedEarly
    // store
    case acceptUnasked, startUnsaid, returnUnsaid, chunkUnkept, outcomeUnkept, keptFalse,
        pastUntold,
        grantedUnstored, repetitionUnanswered
    // listeners
    case listenerUntold, listenerToldTwice, listenerToldFalse, toldUnstored, leaverKept, leaverTold
    // answers
    case settledUnacknowledged
    // placement, memory and promises
    case placedOnCordoned, placedOnFull, placedBesideExclusive, placedOnTooFew,
        placedWithoutMemory, placedUnseen, placedWithHeedless, promiseBroken,
        leasePromiseBroken
    // leases
    case leaseUnasked, leaseWithheld, leaseUnfree, leaseUnseen, leaseForgotten
    // cordons, samples, replies
    case cordonUnsaid, uncordonUnsaid, deviceUnwatched, dismissalUnsaid

    /// The world in which it finds its occasions.
    var edition: World.Edition {
        switch self {
        case .leaverKept, .leaverTold: .leaving
        case .placedWithHeedless, .placedUnseen, .leaseUnseen, .leasePromiseBroken: .heedless
        case .placedOnCordoned, .placedOnFull, .placedBesideExclusive, .placedOnTooFew,
            .placedWithoutMemory, .promiseBroken, .leaseUnasked, .leaseWithheld, .leaseUnfree,
            .leaseForgotten, .cordonUnsaid, .uncordonUnsaid,
            .deviceUnwatched, .dismissalUnsaid:
            .devices
        default: .detached
        }
    }

    /// The name of the rule that is to notice.
    public var ruleName: String { rule.name }

    private var rule: any Rule.Type {
        switch self {
        case .outcomeDropped, .outcomeRepeated, .outcomeFalse, .wordAfterOutcome, .leaverTold:
            OutcomeRule.self
        case .refusalFalse, .refusalMute, .admissionsSwapped, .admittedOverSize:
            AdmissionRule.self
        case .reportDropped, .reportsSwapped: ReportRule.self
        case .acknowledgementDropped, .settledUnacknowledged: AnswerRule.self
        case .revocationDropped, .innocentRevoked: RevocationRule.self
        case .replyDropped: ReplyRule.self
        case .hangingUnsaid, .drainUnsaid, .changeFalse, .changeUnsaid, .reclaimUnsaid:
            NoticeRule.self
        case .limitExceeded, .placeFreedByCancel, .slotsExceeded: PlaceRule.self
        case .youngerFirst, .seatLeftEmpty, .busierWorker: OrderRule.self
        case .attemptSkipped, .suspectInCompany: CompanyRule.self
        case .grantWithheld: IdlenessRule.self
        case .bodyReleasedTwice, .bodyKept: BodyRule.self
        case .expiryDropped, .wokenTooLate: DeadlineRule.self
        case .rankFalse, .statusDropped: StatusRule.self
        case .claimRenumbered, .startedEarly: ReclaimRule.self
        case .acceptUnasked: AdmissionRule.self
        case .startUnsaid, .returnUnsaid, .chunkUnkept, .outcomeUnkept, .keptFalse, .pastUntold,
            .grantedUnstored, .repetitionUnanswered:
            StoreRule.self
        case .listenerUntold, .listenerToldTwice, .listenerToldFalse, .toldUnstored,
            .leaverKept:
            ListenerRule.self
        case .placedOnCordoned, .placedOnFull, .placedBesideExclusive, .placedOnTooFew,
            .placedUnseen, .placedWithHeedless:
            PlacementRule.self
        case .placedWithoutMemory: MemoryRule.self
        case .promiseBroken, .leasePromiseBroken: PromiseRule.self
        case .leaseUnasked, .leaseWithheld, .leaseUnfree, .leaseUnseen, .leaseForgotten:
            LeaseRule.self
        case .cordonUnsaid, .uncordonUnsaid: CordonRule.self
        case .deviceUnwatched: SampleRule.self
        case .dismissalUnsaid: ReplyRule.self
        }
    }
}
