import SluiceEngine
import SluiceModel

// What must come of detached requests, from their way into the store to the outcome that is
// stored.

/// What is known of detached requests besides the rows that all requests have.
struct Detachment {
    struct Storing {
        let account: Model.Account
        let function: Int
        var ask: Ask
        let enqueuedAt: Instant
        /// By which it is known when it is sent again.
        var origin: Origin?
        var token: UInt64?
        var listeners: [Model.Key]
        var isCancelled = false
    }

    struct Settling {
        let account: Model.Account
        var listeners: [Model.Key]
        /// The codes that are true, and the one that was chosen.
        var codes: [Code]
        var code: Code?
        var answer: BodyID?
        /// Where the answer came from.
        let source: AnswerSource?
        /// Whether it is offered without the answer that it had.
        var isShortened = false
        /// Whether the store refused it, so that it is shown and can be given up.
        var isShown = false
        /// Whether it was given up while the store had it.
        var isCancelled = false
        /// How often a worker was given it.
        let given: Int
        let hasSentChunk: Bool
        /// By when it must be offered again, because the store did not take it.
        var retryBy: Instant?
    }

    /// A refusal, if the store does not know better.
    struct Doubt {
        let key: Model.Key
        let allowed: [Code]
        var wantsStatus: Bool
        /// Whether it wants to hear no more.
        var hasLeft = false
    }

    var state = StoreState.absent
    var storing: [RequestID: Storing] = [:]
    var settling: [RequestID: Settling] = [:]
    /// The clients that send a detached request of that origin in this turn, in order.
    var senders: [Origin: [ClientID]] = [:]
    /// Clients that leave in this turn.
    var leaving: Set<ClientID> = []
    /// Who wants to hear no more, since this turn.
    var left: Set<Model.Key> = []
    var doubts: [RequestID: Doubt] = [:]
    /// Numbers under which clients are told of detached requests.
    var listening: [Model.Key: RequestID] = [:]
    /// Outcomes that were stored, and are to be told in this turn.
    var tellings: [RequestID: Telling] = [:]

    /// Who began in this turn to listen to what is watched, or asked for its rank.
    var askers: [Model.Key] = []

    struct Telling {
        var keys: [Model.Key]
        let code: Code?
        let answer: BodyID?
    }

    var isEmpty: Bool { storing.isEmpty && settling.isEmpty && doubts.isEmpty }

    func knows(_ id: RequestID) -> Bool {
        storing[id] != nil || settling[id] != nil || doubts[id] != nil
    }

    /// Bytes that are still needed.
    var bodies: Set<BodyID> {
        var bodies = Set(storing.values.map(\.ask.body))
        for settling in settling.values {
            if let answer = settling.answer { bodies.insert(answer) }
        }
        return bodies
    }

    func live(of account: Model.Account) -> Int {
        storing.values.count { $0.account == account }
            + settling.values.count { $0.account == account }
    }

    func heldBytes(of account: Model.Account) -> Int {
        storing.values.reduce(0) { $0 + ($1.account == account ? $1.ask.heldBytes : 0) }
    }
}

/// Something that is owed to the store.
enum Errand: Hashable {
    case accept, find, finish
    case start(attempt: Int)
    case giveBack(charged: Int)
    case keep(attempt: Int, sequence: UInt64, BodyID)
    case fetch(Model.Key, isLive: Bool)
}

extension Model {
    /// Stands where attached requests have their client.
    static let noClient = ClientID(rawValue: .max - 1)

    /// The live request that a client calls so.
    func requestID(of key: Key) -> RequestID? {
        numbers[key] ?? detached.listening[key].flatMap { detached.doubts[$0] == nil ? $0 : nil }
    }

    /// Requests that wait in the queue or will when they are stored.
    func waitingOrStoring(in queue: Int) -> Int {
        waiting(in: queue)
            + detached.storing.values.count { functions[$0.function].queue == queue }
    }

    // MARK: In

    mutating func submitDetached(
        _ submission: Submission, _ key: Key, _ caller: Caller, _ judged: Judgement
    ) {
        var judgement = judged
        judgement.isDetached = true
        let client = key.client
        let account = Account(user: caller.user, caller: submission.caller)
        let origin = Origin(user: caller.user, session: caller.session, number: key.number)
        // One that is refused when its client is gone has no fate that can be seen; where another
        // client sends it again in the same turn, the fate that can is that one's.
        let others = detached.senders[origin]?.drop { $0 != client }.dropFirst().count ?? 0
        let isUnseen =
            fates.isStored(submission.ask.body, of: origin).map { !$0 }
            ?? (others > 0 && others >= fates.count(of: origin)
                && detached.leaving.contains(client))
        // Where there is no store nobody can be asked whether it is known.
        judgement.fate =
            (detached.state == .open && !isUnseen ? fates.next(of: origin) : nil)
            ?? fates.next(of: key)
        // Refused late, and so still on its way when it was repeated.
        if judgement.fate == nil, lateRefusals.contains(where: { $0.key == key }) { return }
        func refusedLate() {
            lateRefusals.append(
                LateRefusal(
                    key: key, account: account, heldBytes: submission.heldBytes,
                    isUnseen: judgement.fate == nil))
        }
        switch judgement.fate {
        case .storing(let id):
            guard let function = functionIndex(submission.function) else { break }
            detached.listening[key] = id
            begin(
                Detachment.Storing(
                    account: account, function: function, ask: submission.ask, enqueuedAt: now,
                    origin: origin, listeners: [key]), as: id)
        case .doubted(let id):
            detached.doubts[id] = Detachment.Doubt(
                key: key, allowed: judgement.allowed, wantsStatus: submission.ask.wantsStatus)
            detached.listening[key] = id
            duties.append(.errand(id, .find))
            if !judgement.mustRefuse { refusedLate() }
        case .refused(.queueFull), nil: refusedLate()
        case .refused, .accepted: break
        }
        judgements.append(judgement)
    }

    private mutating func begin(_ storing: Detachment.Storing, as id: RequestID) {
        detached.storing[id] = storing
        duties.append(.errand(id, .accept))
    }

    mutating func take(_ repetition: Repetition, token: UInt64) {
        bodies.insert(repetition.ask.body)
        let account = Account(user: repetition.user, caller: repetition.caller)
        let function = functionIndex(repetition.function)
        guard let id = fates.nextRepetition(of: repetition.of, token: token), let function else {
            if fates.foundNoRoom(token: token) {
                let key = Key(client: Self.noClient, number: repetition.ask.number)
                lateRefusals.append(
                    LateRefusal(key: key, account: account, heldBytes: repetition.ask.heldBytes))
            }
            return duties.append(.repeated(token: token, nil))
        }
        begin(
            Detachment.Storing(
                account: account, function: function, ask: repetition.ask, enqueuedAt: now,
                token: token, listeners: []), as: id)
    }

    mutating func take(_ word: StoreWord) {
        switch word {
        case .state(let state): detached.state = state
        case .stored(let id, let acceptance):
            guard let storing = detached.storing.removeValue(forKey: id) else { return }
            take(acceptance, of: id, storing)
        case .found(let id, let known):
            guard let doubt = detached.doubts.removeValue(forKey: id) else { return }
            if detached.listening[doubt.key] == id { detached.listening[doubt.key] = nil }
            guard let known else {
                return refuse(doubt.key, doubt.allowed, hasLeft: doubt.hasLeft)
            }
            guard !doubt.hasLeft else { return }
            listen(doubt.key, to: known)
            if doubt.wantsStatus { watch(doubt.key, true) }
        case .settled(let id, let settlement): settle(id, settlement)
        case .recovered(let recovered): recover(recovered)
        }
    }

    private mutating func take(
        _ acceptance: Acceptance, of id: RequestID, _ storing: Detachment.Storing
    ) {
        switch acceptance {
        case .accepted: enter(id, storing)
        case .known(let known):
            for key in storing.listeners {
                detached.listening[key] = nil
                listen(key, to: known)
                if storing.ask.wantsStatus { watch(key, true) }
            }
        case .refused(let code):
            if let token = storing.token { duties.append(.repeated(token: token, nil)) }
            for key in storing.listeners {
                detached.listening[key] = nil
                guard let origin = storing.origin, origin.number == key.number else {
                    refuse(key, [code])
                    continue
                }
                guard detached.state == .open, detached.doubts.count < Limits.doubts else {
                    // Said as of a request of its own, before what is submitted behind it.
                    if case .refused = fates.peek(at: key) { _ = fates.next(of: key) }
                    refuse(key, [code])
                    continue
                }
                doubt(key, origin, code, of: id, wantsStatus: storing.ask.wantsStatus)
            }
        }
    }

    /// One that was not stored may have been before, which is to be asked under a number of its
    /// own.
    private mutating func doubt(
        _ key: Key, _ origin: Origin, _ code: Code, of refused: RequestID, wantsStatus: Bool
    ) {
        guard case .doubted(let id)? = fates.next(of: origin) else {
            return duties.append(.errand(refused, .find))
        }
        detached.doubts[id] = Detachment.Doubt(
            key: key, allowed: [code], wantsStatus: wantsStatus)
        detached.listening[key] = id
        duties.append(.errand(id, .find))
    }

    mutating func refuse(_ key: Key, _ codes: [Code], hasLeft: Bool = false) {
        let isTold = !hasLeft && clients[key.client] != nil
        duties.append(.refusal(key, codes, isTold: isTold))
    }

    /// It is stored, and waits at the place of its arrival.
    private mutating func enter(_ id: RequestID, _ storing: Detachment.Storing) {
        add(storing.ask, as: id, storing.account, storing.function, since: storing.enqueuedAt)
        requests[id]?.listeners = storing.listeners
        newcomers.append(id)
        for key in storing.listeners { duties.append(.admission(key, id)) }
        if let token = storing.token { duties.append(.repeated(token: token, id)) }
        if storing.isCancelled { conclude(id, [.cancelledByClient]) }
    }

    private mutating func add(
        _ ask: Ask, as id: RequestID, _ account: Account, _ function: Int, since moment: Instant
    ) {
        let key = Key(client: Self.noClient, number: ask.number)
        requests[id] = Request(ask, as: id, key, account, function, rules(of: function), moment)
        requests[id]?.isDetached = true
        enterLine(id)
    }

    // MARK: After a restart

    private mutating func recover(_ recovered: Recovered) {
        let id = recovered.request
        bodies.insert(recovered.ask.body)
        guard requests[id] == nil else { return }
        let function = know(recovered.function)
        let account = Account(user: recovered.user, caller: recovered.caller)
        add(recovered.ask, as: id, account, function, since: now + (.zero - recovered.age))
        requests[id]?.given = recovered.attempt
        requests[id]?.charged = recovered.charged
        requests[id]?.hasSentChunk = recovered.hasSentChunk
        if recovered.attempt > 0 { requests[id]?.queueDue = nil }
        guard isGathering else {
            guard recovered.hasBegun, !mayRunAgain(id, rules(of: function)) else { return }
            return conclude(id, [.workerDied])
        }
        comeBack(id, attempt: recovered.hasBegun ? recovered.attempt : 0, isWeightless: true)
    }
}
