import SluiceEngine
import SluiceModel

/// Requests that go round, as the daemon takes them through the engine: admitted and granted in one
/// turn, started and answered in the next. It keeps its arrays, so what a cycle allocates is the
/// engine's. The microbenchmarks use it, too.
struct EngineCycle: ~Copyable {
    private(set) var engine = Engine()
    private var events = Events()
    private var effects = Effects()
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
        events.append([
            .configured(Configuration()),
            .clientJoined(Self.client, Caller(user: 1000)),
            .workerJoined(Self.worker, name: "worker", process: 1),
            .declared(Self.worker, Declaration(function: "echo", settings: settings)),
            // What nobody serves waits.
            .remembered(Declaration(function: "held", settings: FunctionSettings())),
            .ready(Self.worker, slots: 1),
        ])
        turn()
        for _ in 0..<waiting { submit("held") }
        turn()
    }

    private mutating func turn() {
        effects.removeAll()
        engine.turn(events, at: now, into: &effects)
        events.removeAll()
        now = now + .microseconds(10)
    }

    private mutating func submit(_ function: String) {
        lastNumber += 1
        lastBody += 1
        let ask = Ask(
            number: RequestNumber(rawValue: lastNumber), body: BodyID(rawValue: lastBody),
            bytes: 128)
        events.submit(function, ask, from: Self.client)
    }

    /// Says how many outcomes there were: as many as requests.
    mutating func run() -> Int {
        for _ in 0..<batch { submit("echo") }
        turn()
        for effect in effects {
            guard case .item(let worker, let grant, let index, _, _, _) = effect else { continue }
            if index == 0 { events.start(nil, of: grant, by: worker) }
            lastBody += 1
            events.answer(.completed, BodyID(rawValue: lastBody), index, of: grant, by: worker)
        }
        turn()
        var outcomes = 0
        for effect in effects {
            if case .outcome = effect { outcomes += 1 }
        }
        return outcomes
    }
}
