import SluiceEngine
import SluiceModel
import Testing

/// An engine on a bench: say what happens, read what it wants done. Time stands still until it
/// is advanced, and every turn checks the invariants.
struct Lab: ~Copyable {
    private var engine: Engine
    private(set) var now = Instant(nanoseconds: 0)
    /// Everything the engine asked for, in order.
    private(set) var effects: [Effect] = []
    private var lastNumber: UInt64 = 0
    private var lastBody: UInt64 = 0
    private var lastToken: UInt64 = 0
    /// Bodies given to the engine and not released yet.
    private(set) var heldBodies: Set<BodyID> = []
    private var names: [UInt64: Int] = [:]
    private var grantsByRequest: [RequestID: (GrantID, Int, WorkerID)] = [:]
    private var idsByNumber: [RequestNumber: RequestID] = [:]

    static let client = ClientID(rawValue: 1)

    private let checks: Bool

    /// - Parameter checks: whether every turn checks the invariants, which costs as much as there
    ///   is.
    /// - Parameter last: the highest number that an engine before this one gave.
    init(
        checks: Bool = true, after last: UInt64 = 0,
        _ change: (inout Configuration) -> Void = { _ in }
    ) {
        self.checks = checks
        engine = Engine(firstGrant: last * 1_000, after: RequestID(rawValue: last))
        var configuration = Configuration()
        change(&configuration)
        turn([.configured(configuration), .clientJoined(Self.client, Caller(user: 1000))])
    }

    // MARK: Time and turns

    mutating func turn(_ events: [Event]) {
        var fresh: [Effect] = []
        engine.turn(events, at: now, into: &fresh)
        if checks { engine.checkInvariants() }
        for effect in fresh { note(effect) }
        effects += fresh
    }

    /// Lets time pass, stopping at every moment the engine asked for.
    mutating func advance(by span: Duration) {
        let end = now + span
        while let next = engine.nextDeadline, next <= end {
            now = max(now, next)
            turn([])
        }
        now = end
        turn([])
    }

    var nextDeadline: Duration? { engine.nextDeadline.map { $0 - now } }

    private mutating func note(_ effect: Effect) {
        switch effect {
        case .release(let body):
            #expect(heldBodies.remove(body) != nil, "a body was released that nobody held")
        case .admitted(_, let number, let id, _):
            idsByNumber[number] = id
        case .item(let worker, let grant, let index, let id, _, _):
            grantsByRequest[id] = (grant, index, worker)
        default: break
        }
    }

    mutating func freshBody() -> BodyID {
        lastBody += 1
        let body = BodyID(rawValue: lastBody)
        heldBodies.insert(body)
        return body
    }

    // MARK: Clients

    mutating func join(client: UInt64, user: UInt32 = 1000) {
        turn([.clientJoined(ClientID(rawValue: client), Caller(user: user))])
    }

    mutating func leave(client: UInt64) { turn([.clientLeft(ClientID(rawValue: client))]) }

    /// Submits in one turn, and returns the numbers.
    @discardableResult
    mutating func submit(
        _ functions: String..., from client: ClientID = Lab.client,
        _ change: (inout Submission) -> Void = { _ in }
    ) -> [RequestNumber] {
        submit(functions, from: client, change)
    }

    @discardableResult
    mutating func submit(
        _ functions: [String], from client: ClientID = Lab.client,
        _ change: (inout Submission) -> Void = { _ in }
    ) -> [RequestNumber] {
        var events: [Event] = []
        var numbers: [RequestNumber] = []
        for function in functions {
            var submission = submission(function)
            change(&submission)
            numbers.append(submission.number)
            events.append(.submitted(client, submission))
        }
        turn(events)
        return numbers
    }

    mutating func submission(_ function: String) -> Submission {
        lastNumber += 1
        return Submission(
            number: RequestNumber(rawValue: lastNumber), function: function, body: freshBody(),
            bytes: 100)
    }

    /// One request by itself.
    @discardableResult
    mutating func ask(
        _ function: String, _ change: (inout Submission) -> Void = { _ in }
    ) -> RequestNumber {
        submit([function], change)[0]
    }

    mutating func cancel(_ number: RequestNumber) { turn([.cancelled(Self.client, number)]) }

    // MARK: Workers

    /// Attaches a worker that serves some functions with the same settings.
    mutating func attach(
        worker: UInt64, _ functions: String..., slots: Int = 1,
        settings change: (inout FunctionSettings) -> Void = { _ in }
    ) {
        attach(worker: worker, functions, slots: slots, settings: change)
    }

    mutating func attach(
        worker: UInt64, _ functions: [String], slots: Int = 1,
        settings change: (inout FunctionSettings) -> Void = { _ in }
    ) {
        let id = WorkerID(rawValue: worker)
        var settings = FunctionSettings()
        change(&settings)
        var events: [Event] = [.workerJoined(id, name: "w\(worker)", process: Int32(worker))]
        for function in functions {
            events.append(.declared(id, Declaration(function: function, settings: settings)))
        }
        events.append(.ready(id, slots: slots))
        turn(events)
    }

    mutating func die(worker: UInt64) { turn([.workerLeft(WorkerID(rawValue: worker))]) }

    /// The worker begins with every item of every grant it has.
    mutating func start(_ numbers: RequestNumber...) { start(numbers) }

    mutating func start(_ numbers: [RequestNumber]) {
        turn(numbers.compactMap { locate($0).map { .started($0.worker, $0.grant, item: $0.item) } })
    }

    mutating func finish(_ numbers: RequestNumber...) { answer(numbers, .completed) }

    mutating func answer(_ numbers: [RequestNumber], _ answer: Answer) {
        var events: [Event] = []
        for number in numbers {
            guard let at = locate(number) else { continue }
            events.append(
                .answered(at.worker, at.grant, item: at.item, answer, freshBody()))
        }
        turn(events)
    }

    /// An answer to a grant that may not be open any more.
    mutating func answer(
        _ place: (worker: WorkerID, grant: GrantID, item: Int), _ answer: Answer
    ) {
        turn([.answered(place.worker, place.grant, item: place.item, answer, freshBody())])
    }

    mutating func report(_ number: RequestNumber, _ kind: ReportKind) {
        guard let at = locate(number) else { return }
        turn([.reported(at.worker, at.grant, item: at.item, kind, freshBody())])
    }

    mutating func runOutOfMemory(_ number: RequestNumber) {
        guard let at = locate(number) else { return }
        turn([.ranOutOfMemory(at.worker, at.grant)])
    }

    func locate(_ number: RequestNumber) -> (worker: WorkerID, grant: GrantID, item: Int)? {
        idsByNumber[number].flatMap { locate($0) }
    }

    func locate(_ id: RequestID) -> (worker: WorkerID, grant: GrantID, item: Int)? {
        guard let (grant, item, worker) = grantsByRequest[id] else { return nil }
        return (worker, grant, item)
    }

    mutating func note(_ id: RequestID, at place: (GrantID, Int, WorkerID)) {
        grantsByRequest[id] = place
    }

    func id(of number: RequestNumber) -> RequestID {
        idsByNumber[number] ?? RequestID(rawValue: 0)
    }

    // MARK: Control

    @discardableResult
    mutating func command(_ command: Command) -> CommandReply? {
        lastToken += 1
        let token = lastToken
        let before = effects.count
        turn([.commanded(command, token: token)])
        for case .reply(token, let reply) in effects[before...] { return reply }
        return nil
    }

    mutating func explain(_ number: RequestNumber) -> Explanation? {
        engine.explain(id(of: number), at: now)
    }

    func unsettled(_ id: RequestID) -> Duration? { engine.unsettled(id, at: now) }
    func requestView(_ id: RequestID) -> RequestView? { engine.requestView(id, at: now) }
    func queue(_ name: String) -> QueueView? { engine.queueView(name, at: now) }
    var deviceViews: [DeviceView] { engine.deviceViews(at: now) }
    func workers() -> [WorkerView] { engine.workerViews(at: now) }
    func daemon() -> DaemonView { engine.daemonView() }
    func tallies(after: String? = nil, limit: Int = .max) -> [TallyView] {
        engine.tallyViews(after: after, limit: limit)
    }
    func tally(_ function: String) -> TallyView? { tallies().first { $0.function == function } }
    func turnover() -> TurnoverView { engine.turnoverView() }
    /// Whether the engine has something to tell of what it learned.
    var learning: [Bool] { [engine.hasLearned] }
    mutating func takeLearned() -> [String: Learned] {
        engine.takeLearned().reduce(into: [:]) { $0[$1.function] = $1.1 }
    }
    func requestViews(
        queue: String? = nil, function: String? = nil, limit: Int = 100
    ) -> [RequestView] {
        engine.requestViews(queue: queue, function: function, limit: limit, at: now)
    }

    // MARK: What it did

    /// The batches granted so far, as the numbers in each; of several for one request the lowest.
    var grants: [[UInt64]] {
        let numbers = Dictionary(
            idsByNumber.map { ($0.value, $0.key.rawValue) }, uniquingKeysWith: min)
        var batches: [[UInt64]] = []
        for effect in effects {
            switch effect {
            case .grant: batches.append([])
            case .item(_, _, _, let id, _, _): batches[batches.count - 1].append(numbers[id] ?? 0)
            default: break
            }
        }
        return batches
    }

    /// The workers that got the batches, in the same order.
    var grantees: [UInt64] {
        effects.compactMap {
            if case .grant(let worker, _, _, _, _) = $0 { worker.rawValue } else { nil }
        }
    }

    func conclusion(of number: RequestNumber) -> Conclusion? {
        effects.lazy.compactMap(\.conclusion).first { $0.number == number }?.2
    }

    func refusal(of number: RequestNumber) -> Refusal? {
        for case .refused(_, number, _, let refusal) in effects { return refusal }
        return nil
    }

    func code(of number: RequestNumber) -> Code? { conclusion(of: number)?.code }

    func outcomes(of number: RequestNumber) -> Int {
        effects.count { $0.conclusion?.number == number }
    }

    func statuses(of number: RequestNumber) -> [Status] {
        effects.compactMap {
            if case .status(_, number, let status) = $0 { status } else { nil }
        }
    }

    var revocations: Int { effects.count { if case .revoke = $0 { true } else { false } } }

    var notices: [Notice] {
        effects.compactMap { if case .notice(let notice) = $0 { notice } else { nil } }
    }

    /// Why workers were dismissed.
    var dismissals: [String] {
        effects.compactMap { effect in
            switch effect {
            case .refusedWorker(_, let reason), .deniedDevices(_, let reason): reason
            default: nil
            }
        }
    }

    mutating func forgetEffects() { effects = [] }
}

extension RequestNumber {
    /// For tests that count on the numbers being 1, 2, 3 …
    static func number(_ number: UInt64) -> Self { Self(rawValue: number) }
}
