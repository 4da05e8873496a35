import SluiceEngine
import SluiceModel

/// Requests that go round, as the daemon takes them through the engine: admitted and granted in one
/// turn, started and answered in the next. It keeps its arrays, so what a cycle allocates is the
/// engine's. The microbenchmarks use it, too.
struct EngineCycle: ~Copyable {
    private(set) var engine = Engine()
    private var events: [Event] = []
    private var effects: [Effect] = []
    private var now = Instant(nanoseconds: 0)
    private var lastNumber: UInt64 = 0
    private var lastBody: UInt64 = 0
    private let batch: Int

    private static let client = ClientID(rawValue: 1)
    private static let worker = WorkerID(rawValue: 1)

    /// - Parameters:
    ///   - batch: requests of a batch, and of a cycle.
    ///   - waiting: requests that wait all the while, because a second function is held.
    init(batch: Int, waiting: Int = 0) {
        self.batch = batch
        var settings = FunctionSettings()
        settings.batch = batch > 1
        settings.maxBatchSize = batch
        events = [
            .configured(Configuration()),
            .clientJoined(Self.client, Caller(user: 1000)),
            .workerJoined(Self.worker, name: "worker", process: 1),
            .declared(Self.worker, Declaration(function: "echo", settings: settings)),
            // What nobody serves waits.
            .remembered(Declaration(function: "held", settings: FunctionSettings())),
            .ready(Self.worker, slots: 1),
        ]
        turn()
        for _ in 0..<waiting { submit("held") }
        turn()
    }

    private mutating func turn() {
        effects.removeAll(keepingCapacity: true)
        engine.turn(events, at: now, into: &effects)
        events.removeAll(keepingCapacity: true)
        now = now + .microseconds(10)
    }

    private mutating func submit(_ function: String) {
        lastNumber += 1
        lastBody += 1
        let submission = Submission(
            number: RequestNumber(rawValue: lastNumber), function: function,
            body: BodyID(rawValue: lastBody), bytes: 128)
        events.append(.submitted(Self.client, submission))
    }

    /// Says how many outcomes there were: as many as requests.
    mutating func run() -> Int {
        for _ in 0..<batch { submit("echo") }
        turn()
        for effect in effects {
            guard case .item(let worker, let grant, let index, _, _, _) = effect else { continue }
            if index == 0 { events.append(.started(worker, grant, item: nil)) }
            lastBody += 1
            events.append(
                .answered(worker, grant, item: index, .completed, BodyID(rawValue: lastBody)))
        }
        turn()
        var outcomes = 0
        for effect in effects {
            if case .outcome = effect { outcomes += 1 }
        }
        return outcomes
    }
}
