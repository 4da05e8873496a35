import HeapModule
import SluiceModel

/// All of Sluice's behaviour. It has no clock, socket, task or lock: tell it what happened and
/// when, then do what it asks.
///
/// The rules are in the extensions: `+Clients` admits, `+Endings` concludes, `+Workers` and
/// `+Grants` follow the work, `+Losses` says what becomes of it when a worker dies, `+Reclaim` and
/// `+Holdings` take back what was there before a restart, `Dispatch` decides what starts,
/// `+Detached`, `+Listeners` and `+Settling` are about what outlives its client, `+Status` tells
/// who waits, `+Control` and `+Settings` obey the operator. What must always hold is written in
/// `+Invariants`.
///
/// It does not copy, so there is never a second engine with an opinion. The compiler does, though,
/// where a method that changes nothing is called: what every request calls is said to be mutating.
public struct Engine: ~Copyable {
    // What there is.
    var requests = Slab<Request>()
    var grants = Slab<Grant>()
    var workers = Slab<Worker>()
    var functions = Slab<Function>()
    var queues = Slab<Queue>()
    var clients = Slab<Client>()
    var users = Slab<User>()
    var devices = Slab<Device>()
    var leases = Slab<Lease>()
    var clockworks = Slab<Clockwork>()
    var watches = Slab<Watch>()

    // How to find it.
    /// Who the requests of gateways count for; see `Engine+Callers`.
    var callers = Callers()
    var requestsByID = RequestTable()
    var requestsByNumber = NumberTable()
    var clientsByID: [ClientID: Index<Client>] = [:]
    var usersByID: [UInt32: Index<User>] = [:]
    var workersByID: [WorkerID: Index<Worker>] = [:]
    var functionsByName: [String: Index<Function>] = [:]
    /// The function that was asked for last, and will be again: a comparison instead of a hash.
    var lastAsked: (name: String, function: Index<Function>) = ("", .none)
    var queuesByName: [String: Index<Queue>] = [:]
    var devicesByName: [String: Index<Device>] = [:]
    /// In the order in which they were found.
    var deviceList: [Index<Device>] = []
    var leasesByProcess: [ProcessKey: Index<Lease>] = [:]

    // What is set for all.
    var configuration = Configuration()
    var settings = DaemonSettings()
    var overrides = DaemonOverrides()
    var hold = Hold.running
    /// What the event that is being taken in changes of it.
    var alterations = Alterations()
    var isConfigured = false

    // What is counted.
    var waiting = 0
    var running = 0
    var hungWorkers = 0
    var heldBytes = 0
    var heldFiles = 0
    var completed = 0
    /// All others: to hash a word for each request that went well would be felt.
    var troubles: [Code: Int] = [:]
    var turnover = Turnover()
    var lastRequest: UInt64 = 0
    var grantSerial: UInt64 = 0

    // What is to be decided.
    var marked: [Index<Queue>] = []
    var ready = Heap<Ready>()
    /// Functions whose line found no worker with room, and the workers that may have some again.
    var sleepers = Sleepers()
    var roomy: [Index<Worker>] = []
    /// Requests that are in some function's retries.
    var retrying = 0
    /// Requests of this turn whose admission is not told yet, oldest first.
    var arrivals: [Arrival] = []
    /// Requests whose clients began to ask for their rank in this turn.
    var watchers: [Arrival] = []
    var news: [Index<Queue>] = []
    var drains: [Target] = []

    // What is waited for and said of devices.
    var areDevicesKnown = false
    var applicants: [Applicant] = []
    /// Whether something changed that may let one of those have its devices.
    var hasRoomForApplicants = false
    /// What operators said of devices, also of those that are not found yet.
    var operatorCordons: [String: String] = [:]
    /// Whether other devices may have to be looked at than are.
    var areDevicesUnsettled = false
    /// Devices for which the function that is being looked at would wait.
    var wishes: [Index<Device>] = []

    // What is gathered after a restart.
    var reclaim = Reclaim()

    // What outlives its clients.
    var detached = DetachedTable()
    // What is to be kept for the next one; see `takeLearned`.
    var learned: [Index<Function>] = []

    // What is due.
    var deadlines = Deadlines()
    var statusAt = Instant.distantFuture
    var nextPortionAt = Instant.distantPast
    var hasFreshNews = false
    var isObserved = false
    /// Devices were promised to what found no room then. Whom that held up is seen to at once, in
    /// a turn of its own: those that were refused in this one stay refused.
    var hasHeldUp = false

    /// When to take the next turn even if nothing happens; nil: no need to.
    public private(set) var nextDeadline: Instant?

    /// - Parameter firstGrant: where the counting of grants begins. A worker that comes back from
    ///   another engine still speaks of that one's grants, so each engine begins somewhere else.
    /// - Parameter last: the highest request number that an engine before this one may have
    ///   given; this one goes on above.
    public init(firstGrant: UInt64 = 0, after last: RequestID = RequestID(rawValue: 0)) {
        // Half of the range is enough to begin in, and leaves the other half to count.
        grantSerial = firstGrant & ((1 << (GrantID.serialBits - 1)) - 1)
        lastRequest = last.rawValue
        reclaim.last = last
    }

    /// Takes in everything that happened, then decides once. An empty turn is the timer tick.
    ///
    /// - Parameter now: never earlier than in the turn before.
    public mutating func turn(
        _ events: borrowing Events, at now: Instant, into effects: inout Effects
    ) {
        for occurrence in events.occurrences {
            apply(occurrence, of: events, at: now, into: &effects)
        }
        expire(at: now, into: &effects)
        if hasRoomForApplicants { serveApplicants(at: now, into: &effects) }
        dispatch(at: now, into: &effects)
        watchDevices(at: now, into: &effects)
        settleArrivals(at: now, into: &effects)
        storeNewcomers(into: &effects)
        tellWatchers(at: now, into: &effects)
        sendStatus(at: now, into: &effects)
        noticeDrained(into: &effects)
        sweepDeadlines()
        nextDeadline = hasHeldUp ? now : deadlines.earliest
        hasHeldUp = false
    }

    /// The same for who has all the time: tests, and the simulator.
    public mutating func turn(_ events: [Event], at now: Instant, into effects: inout [Effect]) {
        var happened = Events()
        happened.append(events)
        var wanted = Effects()
        turn(happened, at: now, into: &wanted)
        effects += wanted
    }

    @inline(__always)
    private mutating func apply(
        _ occurrence: Events.Occurrence, of events: borrowing Events, at now: Instant,
        into effects: inout Effects
    ) {
        switch occurrence {
        case .submitted(let client, let function, let ask):
            submit(ask, for: events.names[function], from: client, at: now, into: &effects)
        case .started(let worker, let grant, let item):
            start(item, of: grant, by: worker, at: now, into: &effects)
        case .reported(let worker, let grant, let item, let kind, let body):
            report(kind, body, item, of: grant, by: worker, at: now, into: &effects)
        case .answered(let worker, let grant, let item, let answer, let body):
            self.answer(answer, body, item, of: grant, by: worker, at: now, into: &effects)
        case .other(let index):
            apply(events.others[index], at: now, into: &effects)
            tellAlterations(into: &effects)
        }
    }

    private mutating func apply(_ event: Event, at now: Instant, into effects: inout Effects) {
        switch event {
        case .started, .reported, .answered:
            preconditionFailure("\(event) is kept as an occurrence")
        case .submitted(let client, let submission):
            submit(submission, from: client, at: now, into: &effects)
        case .clientJoined(let client, let caller): join(client, caller)
        case .clientLeft(let client): leave(client, at: now, into: &effects)
        case .reclaimed(let client, let submission, let claim):
            take(back: submission, claim, from: client, at: now, into: &effects)
        case .cancelled(let client, let number):
            cancel(number, of: client, at: now, into: &effects)
        case .fetched(let client, let number, let fetch):
            self.fetch(fetch, as: number, for: client, into: &effects)
        case .listenerLeft(let client, let number):
            leave(number, of: client, at: now, into: &effects)
        case .watched(let client, let number, let isWanted):
            watch(number, of: client, isWanted)
        case .workerJoined(let worker, let name, let process, let heedsDevices):
            join(
                Worker(
                    id: worker, name: name, process: process, heedsDevices: heedsDevices,
                    attachedAt: now), into: &effects)
        case .workerLeft(let worker): leave(worker, at: now, into: &effects)
        case .processEnded(let process, let worker):
            endProcess(process, of: worker, at: now, into: &effects)
        case .leaseAsked(let worker, let request):
            lease(request, to: worker, at: now, into: &effects)
        case .devicesFound(let found): find(found, at: now, into: &effects)
        case .deviceSampled(let name, let sample):
            take(sample, of: name, at: now, into: &effects)
        case .deviceTroubled(let name, let trouble):
            take(trouble, of: name, at: now, into: &effects)
        case .declared(let worker, let declaration):
            declare(declaration, by: worker, into: &effects)
        case .ready(let worker, let slots): setSlots(slots, of: worker, into: &effects)
        case .ranOutOfMemory(let worker, let grant):
            runOutOfMemory(grant, by: worker, at: now, into: &effects)
        case .holding(let worker, let grant, let batch):
            take(back: batch, as: grant, of: worker, at: now, into: &effects)
        case .store(let word): take(word, at: now, into: &effects)
        case .repeated(let repetition, let token):
            take(repetition, token: token, at: now, into: &effects)
        case .commanded(let command, let token):
            alterations.cause = .command
            let reply = obey(command, at: now, into: &effects)
            tellAlterations(into: &effects)
            effects.append(other: .reply(token: token, reply))
        case .remembered(let declaration): remember(declaration, into: &effects)
        case .learned(let function, let learned): recall(learned, of: function)
        case .restored(let command): restore(command, at: now, into: &effects)
        case .restarted(let predecessor): beginReclaim(after: predecessor, at: now)
        case .configured(let configuration, let user):
            configure(configuration, by: user, at: now, into: &effects)
        case .observed(let isObserved): self.isObserved = isObserved
        }
    }
}

/// A queue that could start its oldest runnable request, in the heap that picks among queues.
struct Ready: Comparable {
    let oldest: RequestID
    let queue: Index<Queue>
    static func < (a: Self, b: Self) -> Bool { a.oldest < b.oldest }
}
