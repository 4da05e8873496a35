/// What the requests of one session have to say, in order, until its client reads it.
///
/// Messages wait because a client asks first and reads then, and because it may read slowly. Those
/// that only say how things are give way to newer ones; when the others are more than
/// `GatewayLimits.gradioUnread`, all its requests end, each with the reason for its last message.
///
/// They come as they are written, by `GradioEvent`: a session only keeps them.
public struct GradioSession: Sendable {
    /// Who reads.
    public enum Manner: Hashable, Sendable {
        /// A client of Gradio's queue: everything, of all requests, results as differences.
        case queue
        /// Who asked for one request: whole results alone.
        case call
    }

    /// What becomes of news.
    public enum Reception: Sendable {
        /// They wait to be read.
        case kept
        /// Their request is over, and its client heard how it ended, or will.
        case late
        /// There was no room, so all requests ended; these are to be called off.
        case overrun([String])
    }

    public let manner: Manner
    /// Requests without an outcome.
    private var events: Set<String> = []
    /// Messages as they are written.
    private var unsent: [[UInt8]] = []
    /// How many were taken before them.
    private var taken = 0
    /// Which of all that ever were unsent the last estimation and the last progress of a request
    /// are: some are taken by now.
    private var states: [String: [GradioNews.Kind: Int]] = [:]
    /// What waits to be read, or about that.
    public private(set) var bytes = 0
    /// It did not read, and has not since.
    private var isOverrun = false

    public init(_ manner: Manner) { self.manner = manner }

    /// Requests without an outcome.
    public var pending: Int { events.count }
    public var hasUnsent: Bool { !unsent.isEmpty }

    /// A request begins; what is said of it is kept from now on.
    public mutating func begin(_ event: String) throws(Refusal) {
        guard !isOverrun else { throw .unread }
        guard events.count < GatewayLimits.gradioEvents else {
            throw Refusal(
                429, "too_many_events",
                "the session has \(events.count) requests, and that is the most: wait for some",
                retryAfter: .seconds(1))
        }
        events.insert(event)
    }

    /// It came to nothing, and its client knows already.
    public mutating func forget(_ event: String) {
        events.remove(event)
        states[event] = nil
    }

    /// Whether a request has no outcome yet, so that its client is to hear of it.
    public func isPending(_ event: String) -> Bool { events.contains(event) }

    /// Keeps what a client is to hear.
    public mutating func tell(_ news: GradioNews) -> Reception {
        guard events.contains(news.event) else { return .late }
        if news.isLast { events.remove(news.event) }
        // What comes when the rest was read has room, however large it is.
        guard bytes < GatewayLimits.gradioUnread else { return .overrun(overrun(with: news.event)) }
        append(news)
        return .kept
    }

    /// Ends all requests because nobody reads of them.
    ///
    /// - Returns: them, to be called off.
    public mutating func overrun() -> [String] {
        unsent.removeAll()
        states.removeAll()
        bytes = 0
        isOverrun = true
        let ended = events.sorted()
        for event in ended { end(event) }
        events.removeAll()
        return ended
    }

    /// The same, where there is no room for news of a request: they may have been its last.
    public mutating func overrun(with event: String) -> [String] {
        let ended = overrun()
        if !ended.contains(event) { end(event) }
        return ended
    }

    private mutating func end(_ event: String) {
        GradioNews(.failed(.unread), of: event, in: manner).map { append($0) }
    }

    /// What waits, as server-sent events; empty for nothing.
    ///
    /// - Parameter limit: about how many bytes there may be, unless the first message is larger.
    public mutating func take(atMost limit: Int = .max) -> [UInt8] {
        guard !unsent.isEmpty else { return [] }
        let before = bytes
        var out: [UInt8] = []
        var count = 0
        for text in unsent {
            guard count == 0 || before - bytes + Self.cost(of: text) <= limit else { break }
            count += 1
            bytes -= Self.cost(of: text)
            if out.isEmpty {
                // A large one is not copied.
                out = text
            } else {
                out.append(contentsOf: text)
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

    private mutating func append(_ news: GradioNews) {
        switch news.kind {
        case .estimation, .progress: appendState(news)
        case .word, .last:
            // Its place in the line is of the past now.
            states[news.event] = nil
            append(news.text)
        }
    }

    private mutating func appendState(_ news: GradioNews) {
        if let old = states[news.event]?[news.kind], old >= taken {
            bytes += news.text.count - unsent[old - taken].count
            unsent[old - taken] = news.text
            return
        }
        states[news.event, default: [:]][news.kind] = taken + unsent.count
        append(news.text)
    }

    private mutating func append(_ text: [UInt8]) {
        bytes += Self.cost(of: text)
        unsent.append(text)
    }

    private static func cost(of text: [UInt8]) -> Int { text.count + overhead }
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
