import SluiceEngine
import SluiceModel

/// Something the engine owes in the turn whose events asked for it.
enum Duty {
    case outcome(Ending)
    case started(Model.Key, attempt: Int)
    case report(Model.Key, ReportKind, BodyID)
    case acknowledge(WorkerID, GrantID, item: Int?)
    case revoke(WorkerID, GrantID, item: Int)
    /// An answer to a declaration, agreeing or refusing.
    case declared(WorkerID, function: String)
    case drain(WorkerID)
    /// A worker that is to go, for what it asked of devices or because of its own.
    case dismissal(WorkerID)
    /// A worker that has its devices still.
    case bound(WorkerID, devices: [String])
    /// A reply, and whether it must agree, must refuse, or may do either.
    case reply(token: UInt64, mustAgree: Bool?)
    /// Something about a detached request that the store is to be told.
    case errand(RequestID, Errand)
    /// Somebody is to be told that it is in, or that it is not and one of these is why.
    case admission(Model.Key, RequestID)
    case refusal(Model.Key, [Code], isTold: Bool)
    /// Somebody hears no more under a number, and did as far as can be known here or did not.
    case farewell(Model.Key, wasListening: Bool)
    /// What became of a request that was to be run once more; nil: it was refused.
    case repeated(token: UInt64, RequestID?)

    /// The end of a request, as far as it can be known beforehand.
    struct Ending {
        let request: RequestID
        let key: Model.Key
        /// Whether somebody is there to be told.
        let isTold: Bool
        /// The codes that are true.
        let codes: [Code]
        var answer: BodyID?
        var source: AnswerSource?
    }
}

/// What may be said to one submission, by everything that is known of it.
struct Judgement {
    let key: Model.Key
    /// Refusals that would be true.
    var allowed: [Code] = []
    /// Whether it must not be accepted.
    var mustRefuse = false
    /// Whether `max_bytes` may be what stands against it.
    var overBytes = false
    var function: String?
    var fate: Fates.Fate?
    var isDetached = false

    var foundNoRoom: Bool {
        if case .refused(.queueFull) = fate { true } else { false }
    }
}

/// What the engine did with the submissions of a turn, looked up beforehand: a number can be
/// submitted, cancelled and submitted again within one turn, and the model has to know which
/// requests the events between are about.
struct Fates {
    enum Fate {
        case accepted(RequestID)
        case refused(Code)
        /// It is on its way into the store.
        case storing(RequestID)
        /// The store is asked whether it knows it, before it is refused.
        case doubted(RequestID)
    }

    private var fates: [Model.Key: [Fate]] = [:]
    private var detached: [Origin: [(id: RequestID, body: BodyID?, fate: Fate)]] = [:]
    /// Requests that are to be run once more, by the one that they repeat.
    private var repetitions: [RequestID: [RequestID]] = [:]
    private var deniedRepetitions: [UInt64: RepetitionError] = [:]
    private(set) var replies: [UInt64: CommandReply] = [:]
    private(set) var dismissed: Set<WorkerID> = []
    /// Functions paused for their dead workers that nobody has taken note of.
    private(set) var unexplainedPauses: [String] = []

    init() {}

    init(of effects: [Effect], beside known: (RequestID) -> Bool) {
        var seen: Set<RequestID> = []
        for effect in effects {
            switch effect {
            case .admitted(let client, let number, let id, _):
                guard !known(id), seen.insert(id).inserted else { continue }
                fates[Model.Key(client: client, number: number), default: []]
                    .append(.accepted(id))
            case .outcome(let client, let number, let conclusion),
                .refused(let client, let number, let conclusion, _):
                note(client, number, conclusion, known, &seen)
            case .reply(let token, let reply): replies[token] = reply
            case .refusedWorker(let worker, _): dismissed.insert(worker)
            case .notice(.functionPaused(let function, _)): unexplainedPauses.append(function)
            case .store(let task): note(task)
            case .repeated(let token, .failure(let error)): deniedRepetitions[token] = error
            case .status, .started, .report, .release, .declared, .grant, .item, .revoke,
                .acknowledge, .drain, .notice, .repeated, .bound, .sample,
                .deniedDevices, .left:
                break
            }
        }
        // In order of number they came, whatever the order in which they were decided.
        for origin in detached.keys { detached[origin]?.sort { $0.id < $1.id } }
    }

    private mutating func note(_ task: StoreTask) {
        switch task {
        case .accept(let keepsake):
            guard let origin = keepsake.origin else {
                guard let repeated = keepsake.repeats else { return }
                return repetitions[repeated, default: []].append(keepsake.request)
            }
            detached[origin, default: []].append(
                (keepsake.request, keepsake.ask.body, .storing(keepsake.request)))
        case .find(let id, let origin):
            detached[origin, default: []].append((id, nil, .doubted(id)))
        case .start, .giveBack, .keep, .finish, .fetch: break
        }
    }

    /// How many detached submissions of this origin have a fate that is not taken yet.
    func count(of origin: Origin) -> Int { detached[origin]?.count ?? 0 }

    /// Whether what is stored next of this origin came with this body; nil: it cannot be told.
    func isStored(_ body: BodyID, of origin: Origin) -> Bool? {
        detached[origin]?.first?.body.map { $0 == body }
    }

    /// The next fate of a detached submission of this origin.
    mutating func next(of origin: Origin) -> Fate? {
        guard let first = detached[origin]?.first else { return nil }
        detached[origin]?.removeFirst()
        return first.fate
    }

    /// The number that a repetition got; nil: it was refused.
    mutating func nextRepetition(of id: RequestID, token: UInt64) -> RequestID? {
        guard deniedRepetitions[token] == nil, let next = repetitions[id]?.first else {
            return nil
        }
        repetitions[id]?.removeFirst()
        return next
    }

    /// Whether a repetition found no room.
    func foundNoRoom(token: UInt64) -> Bool {
        guard case .refused(.queueFull, _)? = deniedRepetitions[token] else { return false }
        return true
    }

    private mutating func note(
        _ client: ClientID?, _ number: RequestNumber, _ conclusion: Conclusion,
        _ known: (RequestID) -> Bool, _ seen: inout Set<RequestID>
    ) {
        let key = Model.Key(client: client ?? Self.nobody, number: number)
        if conclusion.outcome == .rejected {
            // What was in doubt, or on its way into the store, was submitted in an earlier turn.
            guard !known(conclusion.request) else { return }
            fates[key, default: []].append(.refused(conclusion.code))
        } else if !known(conclusion.request), seen.insert(conclusion.request).inserted {
            accepted(conclusion.request, as: key)
        }
    }

    /// In order of number: of two who left, and used the same number, the first to ask was the
    /// first to be let in, whoever left first.
    private mutating func accepted(_ id: RequestID, as key: Model.Key) {
        let later = fates[key]?.firstIndex {
            if case .accepted(let other) = $0 { id < other } else { false }
        }
        let end = fates[key]?.endIndex ?? 0
        fates[key, default: []].insert(.accepted(id), at: later ?? end)
    }

    /// Stands for clients that left in the turn in which they submitted.
    private static let nobody = ClientID(rawValue: .max)

    /// Whether the engine paused the function for its dead workers, once for each time it did.
    mutating func pauses(_ function: String) -> Bool {
        guard let index = unexplainedPauses.firstIndex(of: function) else { return false }
        unexplainedPauses.remove(at: index)
        return true
    }

    func peek(at key: Model.Key) -> Fate? { fates[key]?.first }

    /// The next fate of a submission under this number.
    mutating func next(of key: Model.Key) -> Fate? {
        if let fate = fates[key]?.first {
            fates[key]?.removeFirst()
            return fate
        }
        let orphan = Model.Key(client: Self.nobody, number: key.number)
        guard let fate = fates[orphan]?.first else { return nil }
        fates[orphan]?.removeFirst()
        return fate
    }
}
