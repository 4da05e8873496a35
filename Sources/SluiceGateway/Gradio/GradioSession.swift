import SluiceClient

/// What the requests of one session have to say, in order, until its client reads it.
///
/// Messages wait because a client asks first and reads then, and because it may read slowly. Those
/// that only say how things are give way to newer ones; when the others are more than
/// `GatewayLimits.gradioUnread`, all its requests end, each with the reason for its last message.
public struct GradioSession: Sendable {
    /// Who reads.
    public enum Manner: Hashable, Sendable {
        /// A client of Gradio's queue: everything, of all requests, results as differences.
        case queue
        /// Who asked for one request: whole results alone.
        case call
    }

    private struct Unsent: Sendable {
        let event: String
        /// Written when it is read, since another may take its place until then.
        var state: GradioMessage?
        var bytes: [UInt8] = []

        /// What it counts for.
        var cost: Int { state == nil ? bytes.count + overhead : 2 * overhead }
    }

    public let manner: Manner
    private var events: [String: GradioEvent] = [:]
    private var unsent: [Unsent] = []
    /// How many were taken before them.
    private var taken = 0
    /// Which of all that ever were unsent the last estimation and the last progress of a request
    /// are: some are taken by now.
    private var states: [String: (estimation: Int?, progress: Int?)] = [:]
    /// What waits to be read, or about that.
    public private(set) var bytes = 0
    /// It did not read, and has not since.
    private var isOverrun = false

    public init(_ manner: Manner) { self.manner = manner }

    /// Requests without an outcome.
    public var pending: Int { events.count }
    public var hasUnsent: Bool { !unsent.isEmpty }

    /// A request begins; what is said of it is kept from now on.
    public mutating func begin(_ event: String, _ function: GradioFunction) throws(Refusal) {
        guard !isOverrun else { throw .unread }
        guard events.count < GatewayLimits.gradioEvents else {
            throw Refusal(
                429, "too_many_events",
                "the session has \(events.count) requests, and that is the most: wait for some",
                retryAfter: .seconds(1))
        }
        events[event] = GradioEvent(function, sendsDiffs: manner == .queue)
    }

    /// It came to nothing, and its client knows already.
    public mutating func forget(_ event: String) {
        events[event] = nil
        states[event] = nil
    }

    public func function(of event: String) -> String? { events[event]?.function.name }

    /// Keeps what an update means for the client.
    ///
    /// - Returns: the requests that are to be called off, because too much waits to be read.
    public mutating func tell(
        _ event: String, _ update: RequestUpdate, _ files: any FileBridge = PlainFiles()
    ) -> [String] {
        guard let message = events[event]?.message(for: update, files) else { return [] }
        return put(message, of: event)
    }

    /// A request ended without an outcome.
    public mutating func fail(_ event: String, _ refusal: Refusal) -> [String] {
        guard events[event] != nil else { return [] }
        return put(.failed(refusal), of: event)
    }

    /// Ends all requests because nobody reads of them.
    ///
    /// - Returns: them, to be called off.
    public mutating func overrun(_ reason: Refusal = .unread) -> [String] {
        unsent.removeAll()
        states.removeAll()
        bytes = 0
        isOverrun = true
        let ended = events.keys.sorted()
        for event in ended { append(.failed(reason), of: event) }
        events.removeAll()
        return ended
    }

    /// The same, where it is the last word on a request that there is no room for.
    public mutating func overrun(with event: String?) -> [String] {
        let ended = overrun()
        if let event, !ended.contains(event) { append(.failed(.unread), of: event) }
        return ended
    }

    /// What waits, as server-sent events; empty for nothing.
    ///
    /// - Parameter limit: about how many bytes there may be, unless the first message is larger.
    public mutating func take(atMost limit: Int = .max) -> [UInt8] {
        guard !unsent.isEmpty else { return [] }
        let before = bytes
        var out: [UInt8] = []
        var count = 0
        for entry in unsent {
            guard count == 0 || before - bytes + entry.cost <= limit else { break }
            count += 1
            bytes -= entry.cost
            if let state = entry.state {
                SSE.write(data: state.json(event: entry.event), to: &out)
            } else if out.isEmpty {
                // A large one is not copied.
                out = entry.bytes
            } else {
                out.append(contentsOf: entry.bytes)
            }
        }
        taken += count
        isOverrun = false
        guard count == unsent.count else {
            unsent.removeFirst(count)
            return out
        }
        unsent.removeAll(keepingCapacity: before < 64 << 10)
        states.removeAll(keepingCapacity: true)
        return out
    }

    // MARK: Keeping

    private mutating func put(_ message: GradioMessage, of event: String) -> [String] {
        switch message {
        case .completed, .failed: events[event] = nil
        case .estimation, .started, .progress, .log, .generating: break
        }
        // What comes when the rest was read has room, however large it is.
        guard bytes < GatewayLimits.gradioUnread else {
            return overrun(with: event)
        }
        append(message, of: event)
        return []
    }

    private mutating func append(_ message: GradioMessage, of event: String) {
        guard manner == .queue else { return appendResult(message, of: event) }
        guard !message.isState else { return appendState(message, of: event) }
        // Its place in the line is of the past now.
        states[event] = nil
        append(SSE.event(data: message.json(event: event)), of: event)
    }

    private mutating func append(_ text: [UInt8], of event: String) {
        append(Unsent(event: event, bytes: text))
    }

    private mutating func appendState(_ message: GradioMessage, of event: String) {
        var place = states[event] ?? (nil, nil)
        let isProgress = if case .progress = message { true } else { false }
        if let old = isProgress ? place.progress : place.estimation, old >= taken {
            unsent[old - taken].state = message
            return
        }
        let next = taken + unsent.count
        if isProgress { place.progress = next } else { place.estimation = next }
        states[event] = place
        append(Unsent(event: event, state: message))
    }

    private mutating func append(_ entry: Unsent) {
        bytes += entry.cost
        unsent.append(entry)
    }

    private mutating func appendResult(_ message: GradioMessage, of event: String) {
        switch message {
        case .estimation, .started, .progress, .log: return
        case .generating(let values):
            append(SSE.event("generating", data: Value.array(values).json), of: event)
        case .completed(let values):
            append(SSE.event("complete", data: Value.array(values).json), of: event)
        case .failed(let refusal):
            append(SSE.event("error", data: refusal.inGradio.json), of: event)
        }
    }
}

/// What a message costs beside its text.
private let overhead = 128

extension Refusal {
    /// What ends a session that is not read.
    public static let unread = Refusal(
        503, "slow_reader",
        "more of this session waits to be read than the gateway keeps; read as it comes",
        retryAfter: .seconds(1))
}
