import SluiceEngine
import SluiceModel

/// The outside, made up: clients, workers and an operator, the connections they speak through
/// and the clock. Everything it does follows from its seed and from what the engine answers.
///
/// It runs in three steps that `Schedule` repeats: `sleep` to the moment something happens,
/// `hear` what arrived by then, and `perform` what the engine wants done about it.
public struct World {
    /// A seed makes the same schedule only as long as the world stays what it is. So what is
    /// added to it comes with an edition, and seeds that failed once are run in theirs.
    public enum Edition: Int, Comparable, CaseIterable, Sendable {
        case first = 1
        /// Operators revert what they set.
        case reverts
        /// The daemon is stopped, killed and started again.
        case restarts
        /// What was learned of functions outlives the daemon.
        case memory
        /// Some clients are a gateway's, and users have quotas of bytes.
        case gateways
        /// There is a store, and requests outlive their clients.
        case detached
        /// Operators give up what finds no room in the store, which refuses unseen what it knows.
        case tightness
        /// There are devices, with memory, strangers, heat and faults. The store is as in
        /// `detached`.
        case devices
        /// Some workers run where they like, whatever devices they are told. Devices are looked at
        /// when they are found. In every other world few workers have devices of their own.
        case heedless
        /// Clients say that they want to hear no more of what they asked for.
        case leaving

        public static let latest = Edition.leaving

        public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    let edition: Edition
    var random: SeededRandom
    let profile: Profile
    private(set) var now = Instant(nanoseconds: 0)
    var agenda = Agenda()
    var clients: [FakeClient] = []
    var workers: [FakeWorker] = []
    var operatorLine = Line()
    /// Bodies that kill every process that begins with them.
    var poison: Set<BodyID> = []
    /// Nothing fails any more; see `World+Settle`.
    var isSettling = false
    /// How often the daemon is restarted, in a thousand turns.
    var restarts = 0
    /// Clients that have no connection since the daemon went.
    var away: [FakeClient] = []
    /// What a daemon is told before anything else.
    var opening: [Event] = []
    /// How long those from before may come back, and until when.
    var window = Duration.zero
    var windowEndsAt = Instant.distantPast
    var lives = Lives()
    /// What is kept, and how it answers.
    var store = FakeStore()
    var storeLine = Line()
    var mood = Mood()
    var custody = Custody()
    /// Requests that the store was ever asked to take in.
    var detachedRequests: Set<RequestID> = []
    /// What an operator wants to run once more, and has no answer for.
    var repetitions: [UInt64] = []
    /// Functions whose declaration some daemon did not find when it began.
    var unremembered: Set<String> = []
    /// What there is to run on, really.
    var rack = Rack()

    private var serials = Serials()

    /// What it takes to give everything a name of its own.
    struct Serials {
        var client: UInt64 = 0
        var worker: UInt64 = 0
        var body: UInt64 = 0
        var token: UInt64 = 0
    }

    init(seed: UInt64, _ edition: Edition = .latest) {
        self.edition = edition
        random = SeededRandom(seed: seed)
        var profile = Profile(from: &random)
        if edition >= .gateways { profile.configuration?.addQuotas(from: &random) }
        if edition >= .devices {
            rack = Rack(pace: profile.pace, from: &random)
            profile.equip(rack, from: &random)
            if edition >= .heedless, seed % 2 == 0 { profile.wantAlone(from: &random) }
            var configuration = profile.configuration ?? Configuration()
            configuration.addDevices(rack, of: profile, from: &random)
            profile.configuration = configuration
            rack.configuration = configuration
        }
        self.profile = profile
        if let configuration = profile.configuration {
            operatorLine.send(.configured(configuration), arrivingAt: now)
        }
        if random.chance(200) { restoreOne() }
        if random.chance(200) { operatorLine.send(.observed(true), arrivingAt: now) }
        for index in 0..<profile.clients {
            joinClient()
            agenda.add(.clientActs(index), at: now + random.span(0...profile.pace))
        }
        for plan in profile.workers.indices {
            agenda.add(.workerReturns(plan), at: now + random.span(0...(profile.pace * 2)))
        }
        if profile.rates.commands + profile.rates.reloads > 0 {
            agenda.add(.operatorActs, at: soon(5))
        }
        if edition >= .restarts, random.chance(500) { restarts = random.int(1...40) }
        if edition >= .detached { openStore() }
        if edition >= .devices { openRack() }
    }

    /// Whether nothing that was said is still on its way to the daemon.
    var isQuiet: Bool {
        operatorLine.nextArrival == nil && away.isEmpty && opening.isEmpty
            && storeLine.nextArrival == nil && store.line.isEmpty
            && clients.allSatisfy { $0.line.nextArrival == nil && !$0.isOut }
            && workers.allSatisfy { $0.line.nextArrival == nil }
            && rack.strays.allSatisfy { $0.line.nextArrival == nil }
    }

    /// A moment within so many paces from now.
    mutating func soon(_ paces: Int) -> Instant {
        now + random.span(1...max(1, profile.pace * paces))
    }

    /// When a message sent now arrives.
    mutating func arrival() -> Instant { now + random.span(0...profile.delay) }

    mutating func nextBody() -> BodyID {
        serials.body += 1
        return BodyID(rawValue: serials.body)
    }

    mutating func nextToken() -> UInt64 {
        serials.token += 1
        return serials.token
    }

    mutating func nextClient() -> ClientID {
        serials.client += 1
        return ClientID(rawValue: serials.client)
    }

    mutating func nextWorker() -> WorkerID {
        serials.worker += 1
        return WorkerID(rawValue: serials.worker)
    }
}

// MARK: - The clock

extension World {
    /// Moves the clock to the next thing that happens, or a little beyond it. False when nothing
    /// ever will.
    mutating func sleep(until deadline: Instant?) -> Bool {
        var wake = deadline
        func consider(_ moment: Instant?) {
            guard let moment else { return }
            wake = min(wake ?? moment, moment)
        }
        if !opening.isEmpty { consider(now) }
        consider(agenda.nextDue)
        consider(operatorLine.nextArrival)
        consider(storeLine.nextArrival)
        consider(rack.line.nextArrival)
        for stray in rack.strays { consider(stray.line.nextArrival) }
        for client in clients { consider(client.line.nextArrival) }
        for worker in workers { consider(worker.line.nextArrival) }
        guard let wake else { return false }
        now = max(now, wake)
        if random.chance(isSettling ? 700 : profile.rates.oversleeps) { now = soon(2) }
        return true
    }

    /// What arrived by now, lines mixed at random and each in its order, after the world has
    /// done what it had promised itself for this moment.
    mutating func hear(into events: inout [Event]) {
        while let intent = agenda.take(dueBy: now) { perform(intent) }
        events += opening
        opening = []
        let most = random.chance(100) ? 1 : 64
        while let event = events.count < most ? hearOne() : nil { events.append(event) }
        clients.removeAll { $0.line.isClosed && $0.line.nextArrival == nil }
        workers.removeAll {
            $0.line.isClosed && $0.line.nextArrival == nil
                && ($0.processEndsAt <= now || $0.processEndsAt == .distantFuture)
        }
        rack.strays.removeAll { $0.line.nextArrival == nil }
    }

    private mutating func hearOne() -> Event? {
        let others = edition < .detached ? 1 : edition < .devices ? 2 : 3 + rack.strays.count
        let lines = clients.count + workers.count + others
        let first = random.int(0...(lines - 1))
        for offset in 0..<lines {
            if let event = hear(line: (first + offset) % lines) { return event }
        }
        return nil
    }

    private mutating func hear(line index: Int) -> Event? {
        if index < clients.count { return clients[index].line.hear(at: now) }
        let worker = index - clients.count
        if worker < workers.count {
            let event = workers[worker].line.hear(at: now)
            if case .holding = event, now < windowEndsAt {
                workers[worker].lifeReturnedTo = lives.current
            }
            return event
        }
        switch worker - workers.count {
        case 0: return operatorLine.hear(at: now)
        case 1: return storeLine.hear(at: now)
        case 2: return rack.line.hear(at: now)
        case let stray: return rack.strays[stray - 3].line.hear(at: now)
        }
    }
}
