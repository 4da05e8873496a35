import SluiceEngine
import SluiceModel

// The store that the daemon has: slow at times, full at times, and broken now and then.
extension World {
    /// How a world treats what is detached, in a thousand.
    struct Mood {
        /// Submissions that are.
        var detached = 0
        /// Clients that fetch, and that go out and come back.
        var fetches = 0
        var goesOut = 0
        /// Clients that want to hear no more of a request.
        var leaves = 0
        /// Requests refused, outcomes not taken, and answers found too large, for no reason.
        var refuses = 0
        var fails = 0
        var findsTooLarge = 0
        /// Times without room, and without a store.
        var fills = 0
        var breaks = 0
        /// Longest span until it is done, in microseconds; and tasks that take seconds.
        var delay = 0
        var stalls = 0

        init() {}

        init(pace: Int, from random: inout SeededRandom) {
            func rate(_ most: Int) -> Int { random.chance(500) ? random.int(1...most) : 0 }
            detached = random.pick([0, 300, 600, 1_000]) ?? 0
            fetches = rate(300)
            goesOut = rate(150)
            refuses = rate(100)
            fails = rate(200)
            findsTooLarge = rate(200)
            fills = rate(30)
            breaks = rate(15)
            delay = random.pick([0, pace / 10, pace, pace * 10]) ?? 0
            stalls = random.chance(300) ? random.int(1...30) : 0
        }
    }

    mutating func openStore() {
        mood = Mood(pace: profile.pace, from: &random)
        if edition >= .leaving { mood.leaves = random.pick([0, 50, 300]) ?? 0 }
        // Some daemons were given no directory.
        guard random.chance(970) else { return }
        setStore(.open)
    }

    private mutating func setStore(_ state: StoreState) {
        store.state = state
        storeLine.send(.store(.state(state)), arrivingAt: now)
    }

    /// No more trouble with it.
    mutating func settleStore() {
        guard edition >= .detached else { return }
        store.fullUntil = .distantPast
        if store.state == .broken { setStore(.open) }
    }

    private mutating func storeDelay() -> Duration {
        if !isSettling, random.chance(mood.stalls) { return random.span(100_000...3_000_000) }
        return random.span(0...mood.delay)
    }

    mutating func storeHears(_ task: StoreTask) {
        if case .accept(let keepsake) = task { detachedRequests.insert(keepsake.request) }
        store.ask(task, at: now)
        store.doneBy = max(store.doneBy, now + storeDelay())
        agenda.add(.storeWorks(life: lives.current), at: store.doneBy)
        if case .fetch(let client, let number, let fetch, _, true) = task {
            tellPast(client, number, fetch)
        }
    }

    /// It does the next of what it was asked, and says so.
    mutating func storeWorks(life: Int) {
        guard life == lives.current, let next = store.next() else { return }
        if !isSettling { changeWeather() }
        guard let word = done(next.task, askedAt: next.askedAt) else { return }
        storeLine.send(.store(word), arrivingAt: now + storeDelay())
    }

    private mutating func changeWeather() {
        if random.chance(mood.fills) { store.fullUntil = soon(100) }
        guard random.chance(mood.breaks), store.state != .absent else { return }
        setStore(store.state == .open ? .broken : .open)
    }

    private var isFull: Bool { now < store.fullUntil }

    /// Does it on the disk, or does not.
    private mutating func done(_ task: StoreTask, askedAt: Instant) -> StoreWord? {
        let works = store.state == .open
        switch task {
        case .accept(let keepsake):
            let id = keepsake.request
            guard works else { return .stored(id, .refused(.storeFailed)) }
            // Too much is on its way for this to be looked at.
            if edition == .tightness, isUnlucky(mood.refuses) {
                return .stored(id, .refused(.storeFull))
            }
            let isNew = store.known(keepsake.origin) == nil
            if isNew, isFull || isUnlucky(mood.refuses) {
                return .stored(id, .refused(.storeFull))
            }
            let row = FakeStore.Row(
                id: id, user: keepsake.user, caller: keepsake.caller, function: keepsake.function,
                ask: keepsake.ask,
                storedAt: askedAt)
            return .stored(id, store.accept(row, from: keepsake.origin))
        case .find(let id, let origin): return .found(id, works ? store.known(origin) : nil)
        case .start(let id, let attempt): if works { store.start(id, attempt) }
        case .giveBack(let id, let charged): if works { store.giveBack(id, charged) }
        case .keep(let id, let attempt, let sequence, _):
            store.keep(id, attempt, sequence, hasRoom: works && !isFull)
        case .finish(let id, let conclusion):
            guard works else { return store.answer(id, .refused(.storeFailed)) }
            guard !isFull else { return store.answer(id, .refused(.storeFull)) }
            if isUnlucky(mood.fails) {
                // At times it had not failed.
                if random.chance(300), store.rows[id]?.code == nil {
                    store.finish(id, conclusion.code)
                }
                return store.answer(id, .refused(.storeFull))
            }
            if store.rows[id]?.code != nil { return store.answer(id, .known) }
            // An answer is as large as it is.
            if let answer = conclusion.answer, isTooLarge(answer) {
                return store.answer(id, .tooLarge)
            }
            store.finish(id, conclusion.code)
            return store.answer(id, .kept)
        case .fetch(let client, let number, let fetch, let user, let isLive):
            if !isLive { tellEnded(client, number, fetch, by: user, works: works) }
        }
        return nil
    }

    private mutating func isUnlucky(_ rate: Int) -> Bool { !isSettling && random.chance(rate) }

    private func isTooLarge(_ answer: BodyID) -> Bool {
        Int(answer.rawValue &* 7_919 % 1_000) < mood.findsTooLarge
    }

    // MARK: What was before

    /// A client that fetches what is live gets the chunks that went before.
    private mutating func tellPast(_ client: ClientID, _ number: RequestNumber, _ fetch: Fetch) {
        guard let index = clients.firstIndex(where: { $0.id == client }),
            var asked = clients[index].asked[number],
            let past = store.chunks(of: fetch.request)
        else { return }
        // What an attempt before said is void.
        let chunks = fetch.attempt == past.attempt ? past.chunks : []
        let first = fetch.chunks
        let most = chunks.max().map { $0 + 1 } ?? 0
        if past.isWhole, !isDamaged {
            for sequence in first..<max(first, most) where !chunks.contains(sequence) {
                custody.tell("chunk \(sequence) of \(fetch.request) is kept from \(client)")
            }
        }
        asked.lacksChunks = isDamaged || !past.isWhole
        asked.attempt = fetch.attempt
        asked.chunks = max(first, most)
        clients[index].asked[number] = asked
    }

    /// Whether something that went to the store may not have got there.
    var isDamaged: Bool { mood.fills > 0 || mood.breaks > 0 }

    /// Of one that is not live a client is told all there is, or that there is nothing for it.
    private mutating func tellEnded(
        _ client: ClientID, _ number: RequestNumber, _ fetch: Fetch, by user: UInt32, works: Bool
    ) {
        guard let index = clients.firstIndex(where: { $0.id == client }),
            clients[index].asked[number] != nil
        else { return }
        let id = fetch.request
        defer { clients[index].ended(number) }
        guard works else { return custody.deny(id, .storeFailed) }
        guard let row = store.rows[id], row.user == user || user == 0 else {
            if store.rows[id] == nil { custody.deny(id, .unknownRequest) }
            return
        }
        guard let code = row.code else {
            return custody.tell("\(id) has no outcome, and is said not to be live")
        }
        custody.end(id, code, kept: code)
    }

    // MARK: After a restart

    /// What a crash leaves of what the store was asked: nothing of what it had not done.
    mutating func stopStore(isPeaceful: Bool) {
        guard edition >= .detached else { return }
        // It went on until the end; who is stopped in peace waits for it.
        let rest = isPeaceful ? store.line.count : random.int(0...store.line.count)
        for _ in 0..<(isPeaceful || random.chance(300) ? rest : 0) {
            guard let next = store.next() else { break }
            _ = done(next.task, askedAt: next.askedAt)
        }
        store.loseLine()
        storeLine = Line()
        for id in store.ids { custody.lose(id, noted: store.rows[id]?.attempt ?? 0) }
        repetitions = []
    }

    /// What the next daemon hears from it before anybody else is there.
    mutating func reopenStore() {
        guard edition >= .detached, store.state != .absent else { return }
        store.state = .open
        opening.append(.store(.state(.open)))
        for row in store.unfinished { opening.append(.store(.recovered(recovered(row)))) }
    }

    /// What was asked for, as it comes from the disk: who wanted to know its rank is not kept.
    mutating func readAsk(of row: FakeStore.Row) -> Ask {
        var ask = row.ask
        ask.body = nextBody()
        if poison.contains(row.ask.body) { poison.insert(ask.body) }
        ask.wantsStatus = false
        return ask
    }

    private mutating func recovered(_ row: FakeStore.Row) -> Recovered {
        Recovered(
            request: row.id, user: row.user, caller: row.caller, function: row.function,
            ask: readAsk(of: row), age: now - row.storedAt, attempt: row.attempt,
            hasBegun: row.hasBegun,
            charged: row.charged, hasSentChunk: !row.chunks.isEmpty)
    }

    /// What is promised of those that are on the disk, when all is over.
    var unsettled: [String] {
        guard edition >= .detached else { return [] }
        return store.unfinished.map { "\($0.id) is on the disk and never had an outcome" }
            + repetitions.map { "repetition \($0) was never answered" }
    }
}
extension World {
    /// What must not be and was, as seen from outside.
    mutating func takeStories() -> [String] {
        lives.takeStories() + custody.takeStories() + store.takeStories()
    }
}
