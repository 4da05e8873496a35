import SluiceClient
import SluiceModel
import SluiceWire

/// A request as the gateway knows it: from what the daemon said of it, in order.
public struct KnownRequest: Sendable {
    public enum Ending: Sendable {
        case outcome(RequestOutcome)
        /// It is not known how it ended, or will.
        case refusal(Refusal)
    }

    private enum Phase {
        case asked
        case waiting(StatusUpdate?)
        case running
        case ended(Ending)
    }

    /// Nil until a detached one is admitted.
    public internal(set) var name: RequestName?
    /// Nil where it was submitted before this gateway began.
    public let function: String?
    public let caller: String?
    /// For whom it counts.
    let holder: Holder
    public let isDetached: Bool
    public private(set) var log: EventLog
    private var phase = Phase.asked
    private var attempt = 0
    private var chunks: UInt64 = 0
    private var progress: Progress?
    private var warning: String?
    private var wasAdmitted = false

    /// Who listens or waits now, and when somebody did last.
    var listeners = 0
    var lastInterest: ContinuousClock.Instant
    var isCalledOff = false

    init(
        _ name: RequestName?, _ function: String?, _ caller: String?, for holder: Holder,
        isDetached: Bool, tag: UInt64, at now: ContinuousClock.Instant
    ) {
        (self.name, self.function, self.caller, self.holder) = (name, function, caller, holder)
        self.isDetached = isDetached
        log = EventLog(tag: tag)
        lastInterest = now
    }

    public var ending: Ending? {
        guard case .ended(let ending) = phase else { return nil }
        return ending
    }

    /// Whether the daemon has said anything.
    public var isAnswered: Bool {
        if case .asked = phase { false } else { true }
    }

    /// Why the daemon did not take it in; nil where it did, though it may have ended since.
    public var rejection: Refusal? {
        guard !wasAdmitted else { return nil }
        switch ending {
        case nil: return nil
        case .refusal(let refusal): return refusal
        // What is known at once may come without a word of admission.
        case .outcome(let outcome):
            return outcome.outcome == .rejected ? Refusal(outcome) : nil
        }
    }

    /// Whether it is known how it is. One that is fetched is told as it began; that it ended long
    /// ago is said last.
    public var isSettled: Bool {
        switch phase {
        case .asked, .running: false
        case .waiting(let status): status != nil
        case .ended: true
        }
    }

    // MARK: What the daemon says

    mutating func take(_ told: ToldUpdate, room: Int) {
        switch told.word {
        case .short(let update): take(short: update, room)
        case .chunk(let sequence, let json):
            chunks = sequence + 1
            note(.chunk, json, room)
        case .outcome(let outcome, let value):
            phase = .ended(.outcome(outcome))
            attempt = max(attempt, outcome.attempts)
            var fields = Self.fields(outcome, self)
            fields["value"] = value
            let full = Value.object(fields).json
            // The last word is kept in any case: without room it is no longer than needed.
            guard value != nil, EventLog.bytes(of: full) > room else {
                return note(.outcome, full, room)
            }
            fields["value"] = nil
            note(.outcome, Value.object(fields).json, room)
        }
    }

    private mutating func take(short update: RequestUpdate, _ room: Int) {
        switch update {
        case .admitted(let request, let ticket, let warning):
            if isDetached, name == nil { name = .detached(request, ticket: ticket) }
            (phase, attempt, chunks, progress) = (.waiting(nil), 0, 0, nil)
            (self.warning, wasAdmitted) = (warning, true)
            note(.admitted, admission.json, room)
        case .status(let status):
            phase = .waiting(status)
            note(.status, Value.object(Self.fields(status)).json, room)
        case .started(let attempt):
            (phase, chunks, progress) = (.running, 0, nil)
            self.attempt = attempt
            note(.started, Value.object(["attempt": .integer(Int64(attempt))]).json, room)
        case .progress(let progress):
            self.progress = progress
            note(.progress, Self.value(progress).json, room)
        case .log(let line):
            let said: Value = ["level": .string("\(line.level)"), "message": .string(line.message)]
            note(.log, said.json, room)
        case .chunk, .outcome: preconditionFailure("these are not short")
        }
    }

    mutating func end(_ refusal: Refusal) {
        phase = .ended(.refusal(refusal))
        log.append(.error, refusal.body(), attempt: attempt, chunks: chunks, room: 0)
    }

    private mutating func note(_ kind: EventKind, _ json: [UInt8], _ room: Int) {
        log.append(kind, json, attempt: attempt, chunks: chunks, room: room)
    }

    /// Of one that has ended, how it did is all that is still told.
    mutating func thin() { log.thin() }

    // MARK: What is said of it

    private var admission: Value {
        var fields: [String: Value] = [:]
        fields["id"] = name.map { .string($0.text) }
        fields["function"] = function.map { .string($0) }
        fields["warning"] = warning.map { .string($0) }
        return .object(fields)
    }

    /// How it is, in one object.
    public var state: Value {
        var fields = admission.objectValue ?? [:]
        fields["detached"] = .bool(isDetached)
        fields["attempt"] = .integer(Int64(attempt))
        fields["chunks"] = .count(chunks)
        if let name {
            fields["events"] = .string(APIPath.events(name))
            fields["result"] = .string(APIPath.result(name))
        }
        fields["progress"] = progress.map { Self.value($0) }
        switch phase {
        case .asked: fields["state"] = "waiting"
        case .waiting(let status):
            fields["state"] = "waiting"
            if let status { fields.merge(Self.fields(status)) { _, new in new } }
        case .running: fields["state"] = "running"
        case .ended(.outcome(let outcome)):
            fields["state"] = .string(outcome.outcome.rawValue)
            fields["code"] = .string(outcome.code)
            if !outcome.message.isEmpty { fields["message"] = .string(outcome.message) }
        case .ended(.refusal(let refusal)):
            fields["state"] = .string(Outcome.failed.rawValue)
            fields["code"] = .string(refusal.code)
            fields["message"] = .string(refusal.message)
        }
        return .object(fields)
    }

    private static func fields(_ status: StatusUpdate) -> [String: Value] {
        func seconds(_ span: Duration?) -> Value { span.map { .number($0.inSeconds) } ?? .null }
        return [
            "rank": .integer(Int64(status.rank)), "waiting": .integer(Int64(status.waiting)),
            "held": .bool(status.held),
            "eta": ["p50": seconds(status.p50), "p90": seconds(status.p90)],
        ]
    }

    private static func value(_ progress: Progress) -> Value {
        [
            "done": .count(progress.done), "total": progress.total.map { .count($0) } ?? .null,
            "unit": .string(progress.unit), "description": .string(progress.description),
        ]
    }

    private static func fields(
        _ outcome: RequestOutcome, _ request: KnownRequest
    ) -> [String: Value] {
        var fields: [String: Value] = [
            "outcome": .string(outcome.outcome.rawValue), "code": .string(outcome.code),
            "attempts": .integer(Int64(outcome.attempts)), "message": .string(outcome.message),
        ]
        guard outcome.outcome == .completed else { return fields }
        fields["result"] = request.name.map { .string(APIPath.result($0)) }
        return fields
    }
}

extension Value {
    /// JSON's readers lose what is beyond this anyway.
    static func count(_ number: UInt64) -> Value {
        Int64(exactly: number).map { .integer($0) } ?? .number(Double(number))
    }
}
