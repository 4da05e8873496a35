import SluiceModel

/// What the engine wants done, in order. Bodies named by an effect are still kept when it is
/// performed, and are freed by `release` alone.
public enum Effect: Sendable {
    /// Accepted: it will have exactly one outcome. Its number is also its place in the order. One
    /// that is granted in the same turn does not wait for anything that its client could act upon;
    /// but for one that must not run twice it has its ticket before, which keeps it from that.
    case admitted(ClientID, RequestNumber, RequestID, isGranted: Bool)
    case status(ClientID, RequestNumber, Status)
    case started(ClientID, RequestNumber, attempt: Int)
    /// Pass a chunk, progress or log body on. Its source is who could be asked to say less; nil
    /// where nobody is to be: of what is detached the store is the reader.
    case report(ClientID, RequestNumber, ReportKind, BodyID, AnswerSource?)
    /// The one terminal event of a request; `client` is nil where nobody is left to be told.
    case outcome(ClientID?, RequestNumber, Conclusion)
    /// The same for one that is refused, with what the client should know to do better.
    case refused(ClientID?, RequestNumber, Conclusion, Refusal)
    /// The client hears no more under this number, which is free now. What is read out to it under
    /// it ends; where that is so, or it was listening as far as the engine knows, it is told.
    case left(ClientID, RequestNumber, wasListening: Bool)
    /// Nobody needs these bytes any more.
    case release(BodyID)

    /// The answer to a declaration: the queue the function waits in, and what to be warned of.
    case declared(WorkerID, function: String, queue: String, warning: String?)
    /// A declaration or introduction that cannot hold; the worker is to be told and dismissed.
    case refusedWorker(WorkerID, reason: String)
    /// The devices that a worker asked for are its own, for as long as its process lives.
    case bound(WorkerID, devices: [String], environment: [String])
    /// It cannot have the devices it asked for, or keep those that it has or runs on: it is to be
    /// told and dismissed, and its process is better begun anew.
    case deniedDevices(WorkerID, reason: String)
    /// A batch for a worker; exactly `count` effects `item` follow. It is to run on these devices:
    /// none where the worker has its own, or where nobody says.
    case grant(WorkerID, GrantID, function: String, count: Int, devices: [String])
    case item(WorkerID, GrantID, index: Int, RequestID, attempt: Int, BodyID)
    /// Stop with one item, or with the whole grant. Its place stays taken until the answer.
    case revoke(WorkerID, GrantID, item: Int?)
    /// An answer that counts for nobody: the worker may forget it.
    case acknowledge(WorkerID, GrantID, item: Int?)
    /// Finish what is in hand and go.
    case drain(WorkerID)

    /// To be done by the store, in this order.
    case store(StoreTask)
    /// What became of `Event.repeated`, once the new request is stored.
    case repeated(token: UInt64, Result<RequestID, RepetitionError>)

    /// The devices to look at from now on, again and again; the others need not be.
    case sample(devices: [String])

    case reply(token: UInt64, CommandReply)
    case notice(Notice)
}

extension Effect {
    /// What an outcome or a refusal says.
    public var conclusion: (client: ClientID?, number: RequestNumber, Conclusion)? {
        switch self {
        case .outcome(let client, let number, let conclusion),
            .refused(let client, let number, let conclusion, _):
            (client, number, conclusion)
        default: nil
        }
    }
}

/// How a request ended.
public struct Conclusion: BitwiseCopyable, Sendable {
    public var request: RequestID
    private var body = Conclusion.noBody
    private var worker = WorkerID(rawValue: 0)
    private var grant = GrantID(rawValue: 0)
    private var attempted: UInt32
    private var item = Conclusion.noItem
    public var code: Code

    /// Most of what may be missing is marked by a value that nothing has: an outcome goes with
    /// every request, and optionals would make it half as large again.
    private static let noBody = BodyID(rawValue: .max)
    private static let noItem = UInt16.max

    public init(
        request: RequestID, code: Code, attempts: Int = 0, answer: BodyID? = nil,
        source: AnswerSource? = nil
    ) {
        self.request = request
        self.code = code
        attempted = UInt32(clamping: attempts)
        self.answer = answer
        self.source = source
    }

    public var outcome: Outcome { code.outcome }

    /// How often a worker was given it.
    public var attempts: Int {
        get { Int(attempted) }
        set { attempted = UInt32(clamping: newValue) }
    }

    /// The worker's answer, where there is one.
    public var answer: BodyID? {
        get { body == Self.noBody ? nil : body }
        set { body = newValue ?? Self.noBody }
    }

    /// Where the answer came from, to be acknowledged when the client has it.
    public var source: AnswerSource? {
        get {
            guard item != Self.noItem else { return nil }
            return AnswerSource(worker: worker, grant: grant, item: Int(item))
        }
        set {
            guard let newValue else {
                item = Self.noItem
                return
            }
            (worker, grant) = (newValue.worker, newValue.grant)
            item = UInt16(newValue.item)
        }
    }
}

/// The item of a grant, in a worker's hand, that something comes from.
public struct AnswerSource: Hashable, BitwiseCopyable, Sendable {
    public var worker: WorkerID
    public var grant: GrantID
    public var item: Int
    public init(worker: WorkerID, grant: GrantID, item: Int) {
        self.worker = worker
        self.grant = grant
        self.item = item
    }
}

/// Why a request was not accepted, with the figures behind it.
public struct Refusal: Hashable, Sendable {
    /// What is full or closed: a queue's or function's name, or "daemon".
    public var place: String
    /// Requests waiting there.
    public var depth: Int
    /// The bound that was reached, if it was one, and the key that sets it.
    public var limit: Int?
    public var key: String?
    /// When trying again makes sense; nil where the engine cannot tell.
    public var retryAfter: Duration?
    public init(
        place: String, depth: Int, limit: Int? = nil, key: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.place = place
        self.depth = depth
        self.limit = limit
        self.key = key
        self.retryAfter = retryAfter
    }
}

/// Why a request was not taken in once more.
public enum RepetitionError: Error, Hashable, Sendable {
    case refused(Code, Refusal)
}

/// Where a waiting request stands.
public struct Status: Hashable, BitwiseCopyable, Sendable {
    /// Requests of the queue ahead; 0 is next.
    public var rank: Int
    /// Requests waiting in the queue, this one included.
    public var waiting: Int
    /// Until its outcome; nil where nothing is known to predict from.
    public var eta: Estimate?
    /// Whether something an operator did, or a missing worker, holds it: no ETA then.
    public var held: Bool
    public init(rank: Int, waiting: Int, eta: Estimate?, held: Bool) {
        self.rank = rank
        self.waiting = waiting
        self.eta = eta
        self.held = held
    }
}

/// A prediction: half of the time it is at most `p50`, nine times in ten at most `p90`.
public struct Estimate: Hashable, BitwiseCopyable, Sendable {
    public var p50: Duration
    public var p90: Duration
    public init(p50: Duration, p90: Duration) {
        self.p50 = p50
        self.p90 = p90
    }
}

/// What an operator may want to read about; the daemon logs it and passes it to monitors.
public enum Notice: Sendable {
    /// One step in a request's life; only while somebody observes.
    case request(RequestID, function: String, queue: String, RequestStep)
    case workerAttached(WorkerID, name: String, process: Int32)
    /// It left with so many items unanswered.
    case workerLost(WorkerID, name: String, unanswered: Int)
    case workerDetached(WorkerID, name: String)
    /// It did not answer a revocation within `cancel_grace`, or did after all.
    case workerHung(WorkerID, name: String)
    case workerRecovered(WorkerID, name: String)
    /// Its workers died again and again.
    case functionPaused(function: String, deaths: Int)
    /// Functions of one queue declare different limits; the lowest holds.
    case limitsDisagree(queue: String, declared: [String], inForce: Limit)
    case changed(Target, Change, Cause)
    case held(Target, Hold)
    /// A change that was kept cannot be made again: its value is none that the key can have.
    case notRestored(Target, key: String)
    case deviceFound(DeviceDescription)
    /// Nothing more starts on it; told for each reason when it comes. Whether it is told because
    /// of a command: the reply to that follows.
    case deviceCordoned(String, Cordon, isCommanded: Bool = false)
    /// The last reason is gone.
    case deviceUncordoned(String, isCommanded: Bool = false)
    /// A drain has finished its work.
    case drained(Target)
    /// The time to come back after a restart is over: so many did, and so many requests that
    /// workers have were claimed by nobody.
    case reclaimed(requests: Int, grants: Int, unclaimed: Int)
}

public enum RequestStep: Hashable, Sendable {
    case admitted, granted(WorkerID), started(attempt: Int), returned, ended(Code)
}

/// What an operator holds back; see HOLDS in sluice(7).
public enum Hold: String, Hashable, Sendable, CaseIterable {
    case running, paused, draining
}
