import Glibc
import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

/// sluiced: the engine, carried by one thread, with the world around it.
///
/// Each turn waits until something is ready or due, turns what came into events, lets the engine
/// decide once, and does what it asks. Nothing here blocks but the wait.
public struct Daemon: ~Copyable {
    let options: Options
    var report = Report()
    private let startedAt = Loop.now()
    private(set) var engine: Engine
    var edge: Edge
    var control: ControlPlane
    var archive: Archive
    private var known: KnownFunctions
    private var places: Places
    private let writer: FileWriter
    let loop: Loop
    let listeners: Listeners
    let systemd: SystemdEvents
    let units: Units
    var deviceWatch: DeviceWatch

    private var ready: [Loop.Readiness] = []
    private var effects = Effects()
    /// Changes that were made in this turn, and not told yet.
    private var changes: [Notice] = []
    var statusLine = StatusLine()
    /// Whether what the store had at the start is taken in.
    var hasRecovered = false
    /// When what was learned since is written.
    var learnedDue: Instant?
    /// Whether a manager listens to what it is told.
    var hasManager = false
    /// Whether the configuration was wrong when it was read last.
    var isReloadRefused = false
    var signals: [Signal] = []
    var stop: Signal?
    /// Descriptors ran out: the listeners are not watched until then, and this was said.
    var shortageEndsAt: Instant?
    var isShort = false

    /// Reads the configuration, opens the sockets, and is ready to `run`.
    ///
    /// Signals must be blocked before; see `Signal.block`.
    public init(_ options: Options) throws(DaemonError) {
        let configuration = try Self.load(options)
        let instance = try DaemonError.system { () throws(SystemError) in
            try Randomness.uuid().withUnsafeBytes { UniqueID($0) }
        }
        try DaemonError.system { () throws(SystemError) in
            try createDirectory(options.runtimeDirectory, mode: 0o755)
            guard let state = options.stateDirectory else { return }
            try createDirectory(state, mode: StateDirectory.mode)
        }
        let listeners = try DaemonError.socket { () throws(SocketError) in
            try Listeners(in: options.runtimeDirectory)
        }
        var troubles: [TicketKey.Trouble] = []
        let key = try DaemonError.system { () throws(SystemError) in
            try TicketKey.load(from: options.stateDirectory, noting: &troubles)
        }
        let loop = try DaemonError.system { () throws(SystemError) in try Loop() }
        let systemd = try DaemonError.system { () throws(SystemError) in try SystemdEvents() }
        let writer = try DaemonError.system { () throws(SystemError) in try FileWriter() }
        let units = try DaemonError.system { () throws(SystemError) in try Units() }
        let deviceWatch = try DaemonError.system { () throws(SystemError) in
            try DeviceWatch(configuration, in: options.stateDirectory)
        }
        var happened: [StoreEvent] = []
        let archive = try DaemonError.system { () throws(SystemError) in
            try Archive(
                in: options.stateDirectory, configuration.edge.store, noting: &happened)
        }
        var places = Places(of: instance, in: options.stateDirectory, writer: writer)
        var doubts: [Places.Trouble] = []
        let beginning = places.begin(in: bootName(), noting: &doubts)
        let isGathering =
            beginning.predecessor != nil && configuration.engine.daemon.reclaimWindow > .zero
        if !isGathering { places.endHeritage() }
        // Everything that can fail has not: only now is there a daemon.
        self.options = options
        self.listeners = listeners
        self.loop = loop
        self.systemd = systemd
        self.units = units
        self.deviceWatch = deviceWatch
        self.writer = writer
        self.places = places
        // The store may know of numbers that a lost places.json does not.
        engine = Engine(
            firstGrant: instance.low, after: max(beginning.last, archive.lastRequest))
        self.archive = archive
        edge = Edge(
            tickets: Tickets(instance: instance, key: key), limits: configuration.edge,
            longestBody: Limits.incomingBody)
        control = ControlPlane(
            instance: instance, limits: configuration.edge,
            overrides: OverrideStore(in: options.stateDirectory, writer: writer),
            keepsDetached: options.stateDirectory != nil)
        known = KnownFunctions(in: options.stateDirectory, writer: writer)
        report.say(configuration.warnings.map { .doubtful($0) })
        if let state = options.stateDirectory, let objection = StateDirectory.objection(to: state) {
            report.say(.stateOpen(state, objection))
        }
        for trouble in troubles { report.say(.of(trouble)) }
        for trouble in doubts { report.say(.of(trouble)) }
        for event in happened where !event.isOrdinary { report.say(.of(event)) }
        edge.intake.keepsDetached = self.archive.isThere
        edge.intake.events.append(.configured(configuration.engine))
        guard let predecessor = beginning.predecessor else { return }
        edge.intake.events.append(.restarted(after: predecessor))
        edge.intake.isGathering = isGathering
        edge.intake.heritage = beginning.heritage
    }

    private static func load(_ options: Options) throws(DaemonError) -> CheckedConfiguration {
        do {
            return try CheckedConfiguration(loading: options.configuration)
        } catch {
            throw .configuration(error.all)
        }
    }

    /// Serves until SIGTERM or SIGINT.
    public mutating func run() throws(DaemonError) {
        do {
            try begin()
            while stop == nil { try turn() }
            try end()
        } catch {
            throw .system(error)
        }
    }

    private mutating func begin() throws(SystemError) {
        try listeners.watch(loop)
        try systemd.listen()
        _ = try systemd.enableWatchdog()
        try loop.add(systemd.number, token: Token.systemd.loopToken, interest: .read)
        try loop.add(
            writer.outcomes.number, token: Token.written.loopToken, interest: .read)
        if let number = archive.number {
            try loop.add(number, token: Token.stored.loopToken, interest: .read)
        }
        try loop.add(units.outcomes.number, token: Token.units.loopToken, interest: .read)
        try systemd.pump(into: &signals)
        restoreState()
        restoreDetached()
        try findDevices()
        // So that what was kept is in force when the daemon says that it is ready.
        decide(at: Loop.now())
        report.say(
            .started(
                in: options.runtimeDirectory, keeping: options.stateDirectory, edge.tickets.instance
            ))
        try tellReady()
        // What came while it began was taken off its descriptor, which will not tell of it again.
        try heed()
    }

    /// What was declared and what was changed before the last stop, in that order.
    private mutating func restoreState() {
        do throws(StateError) {
            edge.intake.events.append(try known.load().map { .remembered($0) })
        } catch {
            report.say(
                .stateNotRead(error, "functions are unknown until their workers are back"))
        }
        do throws(StateError) {
            edge.intake.events.append(try control.restoreOverrides())
        } catch {
            report.say(
                .stateNotRead(error, "changes made with sluicectl before are not in force"))
        }
    }

    private mutating func end() throws(SystemError) {
        guard let stop else { return }
        let load = engine.load
        report.tellLeftOut(at: .distantFuture)
        report.say(.stopping(on: stop, waiting: load.waiting, running: load.running))
        tellStopping()
        edge.sayRestarting()
        writeLearned()
        askStore()
        let surplus = archive.close()
        var left = engine.left
        left?.requests += surplus
        // What a worker cannot be told to forget it will come back with, beyond what is counted.
        places.stop(at: engine.lastPlace, leaving: edge.hasUnconfirmed ? nil : left)
        keepState(at: .distantFuture)
        writer.finish()
        deviceWatch.stop()
        // Who changed something last shall know whether it is kept.
        takeWritten()
        try control.flush(loop)
    }

    // MARK: One turn

    private mutating func turn() throws(SystemError) {
        try wait()
        let now = Loop.now()
        try endShortage(at: now)
        try serveReady(at: now)
        edge.endPatience(at: now)
        serveArchive(at: now)
        deviceWatch.searchAgain(at: now)
        decide(at: now)
        report.tellLeftOut(at: now)
        tellStatus(at: now)
        keepState(at: now)
        keepLearned(at: now)
        // Before peers are told anything: the store works meanwhile.
        askStore()
        try edge.flush(loop: loop, at: now)
        // Who made room is read on to, and nothing else would wake the loop for that.
        if edge.readings.isWaiting { askStore() }
        try control.flush(loop)
    }

    private mutating func wait() throws(SystemError) {
        // What a peer's end left behind is an event without a descriptor.
        guard edge.intake.events.isEmpty, !edge.hasUnserved, !control.hasUnserved,
            !archive.hasAnswers
        else {
            return try loop.wait(until: .distantPast, into: &ready)
        }
        let work = earlier(
            earlier(engine.nextDeadline, deviceWatch.nextDeadline), edge.nextDeadline)
        let words = earlier(report.nextDeadline, statusLine.nextDeadline)
        let state = earlier(known.nextDeadline, control.overrides.nextDeadline)
        let stored = earlier(archive.nextDeadline, learnedDue)
        let kept = earlier(earlier(state, places.nextDeadline), stored)
        let deadline = earlier(earlier(work, words), earlier(shortageEndsAt, kept))
        try loop.wait(until: deadline, into: &ready)
    }

    private mutating func takeWritten() {
        var outcomes: [FileWriter.Outcome] = []
        writer.outcomes.drain(into: &outcomes)
        for outcome in outcomes {
            if let error = outcome.error { report.say(.stateNotWritten(outcome.path, error)) }
            control.confirm(outcome)
        }
    }

    private mutating func keepState(at now: Instant) {
        known.flush(at: now)
        places.note(engine.lastPlace)
        places.flush(at: now)
        control.overrides.flush(at: now)
    }

    private mutating func serveReady(at now: Instant) throws(SystemError) {
        for readiness in ready {
            switch Token(readiness.token) {
            case .client(let serial): serve(.client, serial, readiness)
            case .worker(let serial): serve(.worker, serial, readiness)
            case .process(let serial): edge.endProcess(serial)
            case .control(let serial): control.serve(serial, readiness)
            case .listener(let socket): try accept(from: socket, at: now)
            case .systemd: try heed()
            case .written: takeWritten()
            case .stored: archive.isReadable = true
            case .units: takeUnitOutcomes()
            case .devices: takeDeviceReports(at: now)
            case nil: continue
            }
        }
        edge.serveUnserved()
        control.serveUnserved()
        edge.intake.events.append(control.takeEvents())
    }

    private mutating func serve(
        _ role: Connection.Role, _ serial: UInt64, _ readiness: Loop.Readiness
    ) {
        guard let connection = edge.connections.find(role, serial) else { return }
        edge.serve(connection, readiness)
    }

    private mutating func decide(at now: Instant) {
        effects.removeAll()
        engine.turn(edge.intake.events, at: now, into: &effects)
        edge.intake.events.removeAll()
        for step in effects.steps {
            guard case .other(let index) = step else {
                edge.perform(step)
                continue
            }
            perform(effects.others[index])
        }
        edge.intake.descriptions.removeAll()
        tellChanges(by: nil)
        for dismissal in edge.takeDismissals() { report.say(.dismissed(dismissal), at: now) }
        for owed in control.takeOwed() {
            switch owed {
            case .answer(let call): answer(call, at: now)
            case .message(let message, let connection): connection.send(message)
            }
        }
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .reply(let token, let reply): take(reply, for: token)
        case .notice(let notice):
            switch notice {
            case .changed(_, _, .command), .held, .deviceCordoned(_, _, isCommanded: true),
                .deviceUncordoned(_, isCommanded: true):
                changes.append(notice)
            case .changed(_, _, .reload(let user)): tell(notice, by: user)
            case .reclaimed:
                edge.endGathering()
                places.endHeritage()
                tell(notice, by: nil)
            case .changed(_, _, .declaration), .request, .workerAttached, .workerLost,
                .workerDetached, .workerRecovered, .functionPaused, .limitsDisagree,
                .notRestored, .drained, .deviceFound, .deviceCordoned, .deviceUncordoned:
                tell(notice, by: nil)
            case .workerHung(let worker, let name):
                tell(notice, by: nil)
                restartUnit(of: worker, name: name)
            }
        case .store(let task): perform(task)
        case .repeated(let token, let result): tell(result, for: token)
        case .declared(_, let function, _, _):
            if let declaration = engine.declaration(of: function) {
                known.note(declaration, edge.intake.descriptions[function])
            }
            edge.perform(effect)
        case .sample(let names): deviceWatch.watch(names, at: Loop.now())
        default: edge.perform(effect)
        }
    }

    /// What a command changed is told before its reply comes; now it is known whose it was.
    private mutating func take(_ reply: CommandReply, for token: UInt64) {
        control.take(reply, for: token)
        let call = control.call(for: token)
        tellChanges(by: call?.user)
        guard case .done(let changes) = reply, let call else { return }
        if case .forget(let forget) = call.call {
            known.forget(forget.function)
            archive.ask(.forget(function: forget.function))
        }
        if let record = LogRecord.of(call.call, by: call.user, changes: changes.count) {
            report.say(record)
        }
    }

    private mutating func tellChanges(by user: UInt32?) {
        for notice in changes { tell(notice, by: user) }
        changes.removeAll(keepingCapacity: true)
    }

    private mutating func tell(_ notice: Notice, by user: UInt32?) {
        if let record = LogRecord.of(notice, by: user) { report.say(record) }
        control.tellMonitors(of: notice, by: user)
    }

    mutating func takeLearned() -> [(function: String, Learned)] { engine.takeLearned() }

    private mutating func answer(_ call: PendingCall, at now: Instant) {
        switch call.call {
        case .reload: control.reply(to: call, reload(by: call.user))
        case .startWorker, .stopWorker: steer(call)
        case .describeFunctions(let question):
            control.reply(to: call, known.page(after: question.after))
        default:
            control.store = Control.Store(archive)
            control.answer(call, engine, since: startedAt, at: now)
        }
    }
}

/// Makes a directory, if nobody did.
private func createDirectory(_ path: String, mode: mode_t) throws(SystemError) {
    guard mkdir(path, mode) != 0, errno != EEXIST else { return }
    throw SystemError("mkdir", path.isEmpty ? "'' (no directory is named)" : path)
}
