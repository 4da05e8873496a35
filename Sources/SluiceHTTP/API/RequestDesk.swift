import SluiceClient
import SluiceGateway
import SluiceModel
import SluiceWire

/// The requests of the gateway's own API, while somebody asks for them: what the daemon says of
/// each goes into the table, and whoever listens is woken.
actor RequestDesk {
    typealias Key = RequestTable.Key

    private struct Conversation {
        var request: DaemonRequest
        var hearing: Task<Void, Never>
    }

    private let link: DaemonLink
    private var table = RequestTable()
    private var conversations: [Key: Conversation] = [:]
    private var listeners: [Key: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    private var lastListener: UInt64 = 0
    private var sweeping: Task<Void, Never>?

    init(_ link: DaemonLink) { self.link = link }

    // MARK: Asking the daemon

    /// Asks for a function, and returns once the daemon has taken the request in.
    ///
    /// - Throws: `Refusal`, also where the daemon refuses.
    func submit(
        _ function: String, _ content: Content, _ options: RequestOptions, by caller: String?,
        for holder: Holder, claim: Claim
    ) async throws -> Key {
        var random = SystemRandomNumberGenerator()
        let id = UniqueID(high: random.next(), low: random.next())
        let name = options.detached ? nil : RequestName.attached(id)
        let key = try table.begin(
            name, function: function, caller: caller, for: holder, tag: random.next(), at: .now)
        var options = options
        options.caller = caller
        let asked = link.submit(function, content, options, for: holder, claim: claim)
        hear(asked, of: key)
        return try await admitted(key)
    }

    /// The request of that name. A detached one that is not known here is looked for at the daemon.
    func find(
        _ name: RequestName, by caller: String?, for holder: Holder
    ) async throws -> Key {
        if let key = table.find(name, caller: caller) {
            table.touch(key, at: .now)
            return try await admitted(key)
        }
        guard case .detached(let number, let ticket) = name else { throw Refusal.unknownRequest }
        let key = try table.begin(
            name, function: nil, caller: caller, for: holder, tag: UInt64.random(in: 0 ... .max),
            at: .now)
        hear(link.fetch(number, ticket: ticket, wantsStatus: true, for: holder), of: key)
        let found = try await admitted(key)
        try await settle(found)
        return found
    }

    /// Waits until the daemon took a request in; whoever asks for it meanwhile waits, too.
    private func admitted(_ key: Key) async throws -> Key {
        try await wait(for: key) { $0.isAnswered }
        guard let rejection = try request(key).rejection else { return key }
        // At the latest when the last who waits has heard it, too.
        table.forget(key)
        throw rejection
    }

    /// A request that has ended is told from its beginning, and its outcome last: who asks how it
    /// is would hear that it runs. That it really does is only known when nothing more comes.
    private func settle(_ key: Key) async throws {
        try await wait(for: key, atMost: .milliseconds(200)) { $0.isSettled }
    }

    func cancel(_ key: Key) {
        table.touch(key, at: .now)
        conversations[key]?.request.cancel()
    }

    // MARK: Hearing

    private func hear(_ request: DaemonRequest, of key: Key) {
        let hearing = Task { await follow(request, key) }
        conversations[key] = Conversation(request: request, hearing: hearing)
        sweep()
    }

    /// Not in here: what is made of a large update holds nobody up.
    nonisolated private func follow(_ request: DaemonRequest, _ key: Key) async {
        do {
            for try await update in request.updates { await take(ToldUpdate(update), of: key) }
        } catch let error as LinkError {
            await lose(key, Refusal(error))
        } catch {
            await lose(key, .daemonAway)
        }
        await forgetConversation(key)
    }

    private func forgetConversation(_ key: Key) { conversations[key] = nil }

    private func take(_ told: ToldUpdate, of key: Key) {
        table.take(told, of: key, at: .now)
        wake(key)
    }

    private func lose(_ key: Key, _ refusal: Refusal) {
        table.lose(key, refusal, at: .now)
        wake(key)
    }

    private func wake(_ key: Key) {
        guard let waiting = listeners[key] else { return }
        for listener in waiting.values { listener.yield() }
    }

    // MARK: Listening

    /// Begins to listen to a request. It has no end until the listening is let go.
    func listen(to key: Key) throws -> Listening {
        try table.enter(key)
        lastListener += 1
        let number = lastListener
        let (news, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listeners[key, default: [:]][number] = continuation
        // What there is already is news to it.
        continuation.yield()
        return Listening(news, continuation) { [weak self] in
            Task { await self?.leave(key, number) }
        }
    }

    private func leave(_ key: Key, _ number: UInt64) {
        listeners[key]?[number]?.finish()
        listeners[key]?[number] = nil
        if listeners[key]?.isEmpty == true { listeners[key] = nil }
        table.leave(key, at: .now)
    }

    /// Waits until a request is as somebody wants it, or as long as he waits, or until it is known
    /// no more.
    func wait(
        for key: Key, atMost limit: Duration? = nil,
        until isDone: @Sendable (KnownRequest) -> Bool
    ) async throws {
        guard let request = table[key], !isDone(request) else { return }
        let listening = try listen(to: key)
        let alarm = limit.map { limit in
            Task {
                // Cut short when the wait is over.
                do { try await Task.sleep(for: limit) } catch { return }
                listening.end()
            }
        }
        defer { alarm?.cancel() }
        for await _ in listening.news {
            guard let request = table[key], !isDone(request) else { return }
        }
        try Task.checkCancellation()
    }

    func request(_ key: Key) throws -> KnownRequest {
        guard let request = table[key] else { throw Refusal.unknownRequest }
        return request
    }

    /// What a reader has not been told; nil: nothing more will come.
    func events(of key: Key, after place: EventPlace) -> [ToldEvent]? {
        guard let log = table[key]?.log, !log.isOver(at: place) else { return nil }
        return log.events(after: place)
    }

    // MARK: Going

    /// Looks after what nobody asks for, as long as there is anything: then nothing wakes up.
    private func sweep() {
        guard sweeping == nil else { return }
        sweeping = Task {
            while !table.isEmpty, !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(5)) } catch { break }
                clean()
            }
            sweeping = nil
        }
    }

    private func clean() {
        let leavings = table.sweep(at: .now)
        for key in leavings.calledOff { conversations[key]?.request.cancel() }
        for key in leavings.letGo { conversations.removeValue(forKey: key)?.hearing.cancel() }
    }
}

/// Somebody's interest in a request, which ends when it is let go.
final class Listening: Sendable {
    /// Comes when there is something new; several at once are one.
    let news: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private let leave: @Sendable () -> Void

    init(
        _ news: AsyncStream<Void>, _ bell: AsyncStream<Void>.Continuation,
        leave: @escaping @Sendable () -> Void
    ) {
        (self.news, self.bell) = (news, bell)
        self.leave = leave
    }

    /// Nothing comes any more.
    func end() { bell.finish() }

    deinit { leave() }
}
