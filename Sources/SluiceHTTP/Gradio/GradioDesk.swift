import SluiceClient
import SluiceGateway
import Synchronization

/// The sessions of Gradio's clients, and their requests.
///
/// A session begins with its first request and ends when all are told, or when nobody reads for
/// `GatewayLimits.gradioGraceSeconds`: then its requests are called off. A client that comes back
/// sooner goes on.
final class GradioDesk: Sendable {
    enum Name: Hashable, Sendable {
        /// As a client calls its own; others may call theirs the same.
        case session(String, caller: String?)
        /// Of one request that was asked for without one.
        case call(String)
    }

    private struct State {
        var sessions: [Name: GradioLive] = [:]
        /// Whose those requests are that have a session each.
        var owners: [Name: String] = [:]
        var numbers = GradioNumbers()
        var catalog = FunctionCatalog()
        var isSweeping = false
        /// The last that ended because nobody read them, for clients that come back too late.
        var lost: [Name] = []

        mutating func lose(_ name: Name) {
            defer { remove(name) }
            // Nobody asks for the others again.
            guard case .session = name else { return }
            if lost.count >= GatewayLimits.gradioLost { lost.removeFirst(lost.count / 2) }
            lost.append(name)
        }

        mutating func remove(_ name: Name) {
            sessions[name] = nil
            owners[name] = nil
        }
    }

    let gateway: Gateway
    let files: any FileBridge
    private let state = Mutex(State())
    private let unread = GradioUnread()

    init(_ gateway: Gateway, _ files: any FileBridge) {
        self.gateway = gateway
        self.files = files
    }

    // MARK: Functions

    /// All functions, in the order of their names.
    func functions() async throws -> [GradioFunction] {
        let catalog = try await gateway.catalog()
        return state.withLock { state in
            state.catalog = catalog
            return catalog.functions.compactMap { function in
                state.numbers.number(of: function.name).map { GradioFunction(function, number: $0) }
            }
        }
    }

    func function(_ number: Int) async throws -> GradioFunction {
        let catalog = try await catalog()
        let function = state.withLock { state in
            if state.numbers.name(of: number) == nil {
                // Its client was here before us.
                for function in catalog.functions { _ = state.numbers.number(of: function.name) }
            }
            return state.numbers.name(of: number).flatMap { catalog[$0] }
        }
        guard let function else {
            throw Refusal(404, "unknown_function", "no function has the number \(number)")
        }
        return GradioFunction(function, number: number)
    }

    func function(named name: String) async throws -> GradioFunction {
        guard let function = try await catalog()[name] else {
            throw Refusal(404, "unknown_function", "there is no function named \(name)")
        }
        let number = state.withLock { $0.numbers.number(of: name) } ?? 0
        return GradioFunction(function, number: number)
    }

    /// As it was last told where the daemon is away: requests are held until it is back.
    private func catalog() async throws -> FunctionCatalog {
        do {
            let catalog = try await gateway.catalog()
            state.withLock { $0.catalog = catalog }
            return catalog
        } catch {
            let last = state.withLock { $0.catalog }
            guard !last.functions.isEmpty else { throw error }
            return last
        }
    }

    // MARK: Requests

    /// Asks the daemon, and returns when it took the request.
    ///
    /// - Parameters:
    ///   - session: nil: one of its own, of this `owner` if any.
    /// - Returns: the name of the request.
    /// - Throws: `Refusal`, where it did not take it.
    func join(
        _ function: GradioFunction, _ content: Content, caller: String?, holder: Holder,
        session: String?, owner: String? = nil
    ) async throws -> String {
        let event = Self.newName()
        let name = session.map { Name.session($0, caller: caller) } ?? .call(event)
        let live = try begin(event, function, in: name, owner: owner)
        var options = RequestOptions()
        options.wantsStatus = live.manner == .queue
        options.takesStreamAnew = true
        options.caller = caller
        let request = gateway.link.submit(function.name, content, options, for: holder)
        live.hold(event, request)
        let admission = Admission()
        Task { await follow(request, event, live, admission) }
        let patience = Task {
            try await Task.sleep(for: .seconds(GatewayLimits.gradioAdmissionSeconds))
            _ = admission.settle(nil)
        }
        defer { patience.cancel() }
        guard let refusal = await admission.answer() else { return event }
        removeIfDone(name)
        throw refusal
    }

    private func begin(
        _ event: String, _ function: GradioFunction, in name: Name, owner: String?
    ) throws(Refusal) -> GradioLive {
        let (live, sweeps) = try state.withLock {
            state throws(Refusal) -> (GradioLive, Bool) in
            state.lost.removeAll { $0 == name }
            let live: GradioLive
            if let known = state.sessions[name] {
                live = known
            } else {
                live = try add(name, &state)
            }
            try live.begin(event, function)
            state.owners[name] = owner
            defer { state.isSweeping = true }
            return (live, !state.isSweeping)
        }
        if sweeps { Task { await sweep() } }
        return live
    }

    private func add(_ name: Name, _ state: inout State) throws(Refusal) -> GradioLive {
        guard state.sessions.count < GatewayLimits.gradioSessions else {
            throw Refusal(
                503, "too_many_sessions",
                "the gateway has \(state.sessions.count) sessions, and that is the most",
                retryAfter: .seconds(GatewayLimits.gradioGraceSeconds))
        }
        let manner: GradioSession.Manner = if case .call = name { .call } else { .queue }
        let live = GradioLive(manner, unread, files)
        state.sessions[name] = live
        return live
    }

    /// Tells the session what becomes of a request.
    private func follow(
        _ request: DaemonRequest, _ event: String, _ live: GradioLive, _ admission: Admission
    ) async {
        do {
            for try await update in request.updates {
                if case .admitted = update { _ = admission.settle(nil) }
                if case .outcome(let outcome) = update, let refusal = Refusal(outcome),
                    admission.settle(refusal)
                {
                    return live.forget(event)
                }
                live.tell(event, update)
            }
        } catch {
            let refusal = APIError(asking: error).refusal
            guard !admission.settle(refusal) else { return live.forget(event) }
            live.fail(event, refusal)
        }
        _ = admission.settle(nil)
    }

    /// Calls one request off.
    ///
    /// - Throws: `Refusal`, where this session has no such request.
    func cancel(_ event: String, of session: String, caller: String?) throws(Refusal) {
        let live = state.withLock { state -> GradioLive? in
            let own = Name.call(event)
            if let live = state.sessions[own], state.owners[own] ?? session == session {
                return live
            }
            return state.sessions[.session(session, caller: caller)]
        }
        // One that ended a moment ago is none, too, and that is no mistake of the client.
        guard let live else {
            throw Refusal(404, "unknown_session", "there is no session with this name")
        }
        live.cancel(event)
    }

    /// 128 bits that nobody can guess, as Gradio writes them.
    private static func newName() -> String {
        [UInt64.random(in: 0 ... .max), .random(in: 0 ... .max)].map {
            let digits = String($0, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    // MARK: Sessions

    func session(_ name: Name) -> GradioLive? { state.withLock { $0.sessions[name] } }

    /// A session for who wants to read it. Clients also ask when they have heard everything, since
    /// they look what came before only then: there is nothing to tell, and something may come.
    ///
    /// - Returns: nil where what was asked for is lost.
    func opened(_ name: Name) throws(Refusal) -> GradioLive? {
        let (live, sweeps) = try state.withLock { state throws(Refusal) -> (GradioLive?, Bool) in
            if let known = state.sessions[name] { return (known, false) }
            guard !state.lost.contains(name) else { return (nil, false) }
            defer { state.isSweeping = true }
            return (try add(name, &state), !state.isSweeping)
        }
        if sweeps { Task { await sweep() } }
        return live
    }

    /// A reader goes.
    func leave(_ name: Name, _ live: GradioLive, _ reader: Int) {
        live.detach(reader)
        removeIfDone(name)
    }

    /// Ends a stream that has told everything, and its session.
    ///
    /// - Returns: false where something came since.
    func close(_ name: Name, _ live: GradioLive, _ reader: Int) -> Bool {
        state.withLock { state in
            guard live.close(reader) else { return false }
            if state.sessions[name] === live { state.remove(name) }
            return true
        }
    }

    /// Without its only request a session was for nothing.
    func removeIfDone(_ name: Name) {
        state.withLock { state in
            guard state.sessions[name]?.isDone ?? false else { return }
            state.remove(name)
        }
    }

    /// Ends the sessions that nobody reads, as long as there are sessions.
    private func sweep() async {
        while true {
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
            let (late, isOver) = state.withLock { state in
                let now = ContinuousClock.now
                let late = state.sessions.filter { _, live in
                    guard let since = live.unreadSince else { return false }
                    return now - since > .seconds(GatewayLimits.gradioGraceSeconds)
                }
                for name in late.keys { state.lose(name) }
                if state.sessions.isEmpty { state.isSweeping = false }
                return (late.values, state.sessions.isEmpty)
            }
            for live in late { live.end() }
            guard !isOver else { return }
        }
    }
}
