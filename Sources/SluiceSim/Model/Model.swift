import SluiceEngine
import SluiceModel

/// What the rules of the design make of the same events and effects, worked out without a look
/// at the engine.
///
/// In a turn the model first takes in every event, and notes as duties what the engine now owes:
/// an outcome here, an acknowledgement there. Then the effects are held against it one by one,
/// and only then taken in. Where the design leaves the engine a choice (whom to grant, whom to
/// refuse) the model follows what the engine did, and a rule judges whether it was allowed to.
///
/// It is made for being plainly right, and is slow where that is plainer.
struct Model {
    var now = Instant.distantPast
    var clients: [ClientID: Caller] = [:]
    /// Who left in this turn: what was said to them before they did is no mistake.
    var departed: Set<ClientID> = []
    /// Live requests: accepted, and without an outcome.
    var requests: [RequestID: Request] = [:]
    var numbers: [Key: RequestID] = [:]
    /// What is gathered after a restart.
    var gathering = Gathering()
    /// What outlives its clients.
    var detached = Detachment()
    /// What there is to run on.
    var equipment = Equipment()
    /// Attached workers, in order of attachment.
    var workers: [Worker] = []
    var grants: [GrantID: Grant] = [:]
    /// Every function that is known, in order of becoming so.
    var functions: [Function] = []
    /// Every queue that ever had a function.
    var queues: [Queue] = []
    /// Bodies that entered and were not released yet.
    var bodies: Set<BodyID> = []

    var configuration = Configuration()
    var daemonOverrides: [Override] = []
    var hold = Hold.running
    var isObserved = false

    /// Drains whose end was not told yet.
    var drains: [Target] = []

    /// What the engine owes because of this turn's events.
    var duties: [Duty] = []
    /// What this turn's submissions may and must be told.
    var judgements: [Judgement] = []
    var newcomers: [RequestID] = []
    var hadEvents = false
    /// The highest number that a request was seen to have.
    var highest = RequestID(rawValue: 0)
    /// Events of this turn that may have changed what is in force.
    var settingEvents = 0
    /// What was set in this turn, and what was in force before it.
    var commandedPlaces: [Place] = []
    var valuesBefore: [Place: SettingValue] = [:]
    /// Workers that went in this turn, and how much they left unanswered; nil: nothing in hand.
    var goneWorkers: [WorkerID: Int?] = [:]
    /// Requests whose rank was asked for in this turn.
    var rewatched: [RequestID] = []
    var lateRefusals: [LateRefusal] = []
    var fates = Fates()
    /// Functions that were paused for their dead workers and should not be, or the reverse.
    var wrongPauses: [String] = []

    /// A request as its client names it.
    struct Key: Hashable {
        let client: ClientID
        let number: RequestNumber
    }

    struct Queue {
        let name: String
        var overrides = QueueSettings()
        var hold = Hold.running
        /// Open grants that took a place of this queue.
        var running = 0
    }

    struct Worker {
        let id: WorkerID
        let name: String
        /// Who it is to devices.
        let owner: Equipment.Owner
        let heedsDevices: Bool
        var functions: [Int] = []
        var slots = 0
        var hold = Hold.running
        var grants: [GrantID] = []
        /// Whether its device is gone or it has another connection: it gets nothing more.
        var isDismissed = false
    }

    struct Grant {
        let worker: WorkerID
        let function: Int
        let queue: Int
        /// Whether nothing else may run in the process.
        let isAlone: Bool
        var items: [Item]
        /// When its worker counts as hung; set once no request of the batch wants to go on.
        var hangsAt: Instant?
        /// Whether that moment has come.
        var isKnownToHang = false
        /// Who runs it, on which devices, what it reserves of each, and whether alone.
        let owner: Equipment.Owner
        var devices: [String] = []
        var reserved = 0
        var isExclusive = false
        var isOver: Bool { items.allSatisfy(\.isAnswered) }
        var isUnwanted: Bool { items.allSatisfy { $0.isAnswered || !($0.isLive || $0.isAwaited) } }
    }

    struct Item {
        let request: RequestID
        var isStarted = false
        var isAnswered = false
        /// Whether the request still has no outcome.
        var isLive = true
        var isRevoked = false
        /// Whether its client may still come back for it.
        var isAwaited = false
    }

    /// A submission refused only after the turn's decisions, because it would have to wait; until
    /// then it counted.
    struct LateRefusal {
        let key: Key
        let account: Account
        let heldBytes: Int
        /// Whether nobody was told, because nobody wanted to hear of it when it was refused.
        var isUnseen = false
    }

    /// Who a request counts for: a user, or whom a gateway of that user names.
    struct Account: Hashable {
        let user: UInt32
        let caller: String?
    }
}
