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

    private let gateway: Gateway
    private let state = Mutex(State())
    private let unread = GradioUnread()

    init(_ gateway: Gateway) { self.gateway = gateway }

    // MARK: Requests

    /// Asks the daemon, and returns when it took the request.
    ///
    /// - Parameters:
    ///   - session: nil: one of its own, of this `owner` if any.
    ///   - claim: for the content.
    /// - Returns: the name of the request.
    /// - Throws: `Refusal`, where it did not take it.
    func join(
        _ function: GradioFunction, _ content: Content, for context: GatewayContext,
        session: String?, owner: String? = nil, claim: Claim
    ) async throws -> String {
        let event = Self.newName()
        let name = session.map { Name.session($0, caller: context.caller) } ?? .call(event)
        let live = try begin(event, in: name, owner: owner, for: context.holder)
        var options = RequestOptions()
        options.wantsStatus = live.manner == .queue
        options.takesStreamAnew = true
        options.caller = context.caller
        let request = gateway.link.submit(
            function.name, content, options, for: context.holder, claim: claim)
        live.hold(event, request)
        let admission = Admission()
        let files = gateway.uploads.bridge(for: context.holder)
        let telling = GradioEvent(event, function, live.manner)
        let following = Task { await follow(request, telling, live, files, admission) }
        let patience = Task {
            try await Task.sleep(for: .seconds(GatewayLimits.gradioAdmissionSeconds))
            _ = admission.settle(nil)
        }
        defer { patience.cancel() }
        guard let refusal = await admission.answer() else { return event }
        // Until then the session has a request, and would stay.
        await following.value
        removeIfDone(name, live)
        throw refusal
    }

    private func begin(
        _ event: String, in name: Name, owner: String?, for holder: Holder
    ) throws(Refusal) -> GradioLive {
        let (live, sweeps) = try state.withLock {
            state throws(Refusal) -> (GradioLive, Bool) in
            state.lost.removeAll { $0 == name }
            let live: GradioLive
            if let known = state.sessions[name] {
                live = known
            } else {
                live = try add(name, for: holder, &state)
            }
            try live.begin(event)
            state.owners[name] = owner
            defer { state.isSweeping = true }
            return (live, !state.isSweeping)
        }
        if sweeps { Task { await sweep() } }
        return live
    }

    private func add(
        _ name: Name, for holder: Holder, _ state: inout State
    ) throws(Refusal) -> GradioLive {
        let place = try gateway.sessions.claim(1, for: holder)
        let manner: GradioSession.Manner = if case .call = name { .call } else { .queue }
        let live = GradioLive(manner, of: holder, unread, in: place)
        state.sessions[name] = live
        return live
    }

    /// Tells the session what becomes of a request.
    private func follow(
        _ request: DaemonRequest, _ event: GradioEvent, _ live: GradioLive,
        _ files: any FileBridge, _ admission: Admission
    ) async {
        var event = event
        do {
            for try await update in request.updates {
                if case .admitted = update { _ = admission.settle(nil) }
                if case .outcome(let outcome) = update, let refusal = Refusal(outcome),
                    admission.settle(refusal)
                {
                    return live.forget(event.name)
                }
                live.tell(update, of: &event, files)
            }
        } catch {
            let refusal = Refusal(asking: error)
            guard !admission.settle(refusal) else { return live.forget(event.name) }
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

    /// A reader of a session. Clients also ask when they have heard everything, since
    /// they look what came before only then: there is nothing to tell, and something may come.
    ///
    /// - Returns: nil where what was asked for is lost.
    func opened(_ name: Name, for holder: Holder) throws(Refusal) -> GradioReader? {
        let (reader, sweeps) = try state.withLock {
            state throws(Refusal) -> (GradioReader?, Bool) in
            // It reads before anybody else can find that nobody does.
            if let known = state.sessions[name] { return (GradioReader(self, known, name), false) }
            guard !state.lost.contains(name) else { return (nil, false) }
            let live = try add(name, for: holder, &state)
            defer { state.isSweeping = true }
            return (GradioReader(self, live, name), !state.isSweeping)
        }
        if sweeps { Task { await sweep() } }
        return reader
    }

    /// A reader goes.
    func leave(_ name: Name, _ live: GradioLive, _ reader: Int) {
        live.detach(reader)
        removeIfDone(name, live)
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

    /// Without its only request a session was for nothing. A later one of its name stays.
    func removeIfDone(_ name: Name, _ live: GradioLive) {
        state.withLock { state in
            guard state.sessions[name] === live, live.isDone else { return }
            state.remove(name)
        }
    }

    /// Ends the sessions that nobody reads, as long as there are sessions.
    private func sweep() async {
        while true {
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
            let (late, isOver) = state.withLock { state in
                let late = state.sessions.filter { $0.value.isLate }
                for name in late.keys { state.lose(name) }
                if state.sessions.isEmpty { state.isSweeping = false }
                return (late.values, state.sessions.isEmpty)
            }
            for live in late { live.end() }
            guard !isOver else { return }
        }
    }
}
