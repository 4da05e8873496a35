/// What the requests of one session have to say, in order, until its client reads it.
///
/// Messages wait because a client asks first and reads then, and because it may read slowly. Those
/// that only say how things are give way to newer ones; when more than
/// `GatewayLimits.gradioUnread` waits, all its requests end, each with the reason for its last
/// message.
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
        /// They took the place of older ones that say no more, whatever room there is.
        case replaced
        /// Their request is over, and its client heard how it ended, or will.
        case late
        /// There was no room, so all requests ended; these are to be called off.
        case overrun([String])
    }

    /// As it is written.
    private struct Message {
        var text: [UInt8]
        /// The request of which it is the last.
        let end: String?

        var cost: Int { text.count + overhead }
    }

    public let manner: Manner
    /// Requests without an outcome.
    private var events: Set<String> = []
    private var unsent: [Message] = []
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
        if replace(news) { return .replaced }
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
        // What has ended, and is not read, is lost, which its client hears in its place.
        let lost = unsent.compactMap(\.end)
        unsent.removeAll()
        states.removeAll()
        bytes = 0
        isOverrun = true
        let ended = events.sorted()
        for event in lost + ended { end(event) }
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
        guard let news = GradioNews(.failed(.unread), of: event, in: manner) else { return }
        append(news)
    }

    /// What waits, as server-sent events; empty for nothing.
    ///
    /// - Parameter limit: about how many bytes there may be, unless the first message is larger.
    public mutating func take(atMost limit: Int = .max) -> [UInt8] {
        guard !unsent.isEmpty else { return [] }
        let before = bytes
        var out: [UInt8] = []
        var count = 0
        for message in unsent {
            guard count == 0 || before - bytes + message.cost <= limit else { break }
            count += 1
            bytes -= message.cost
            if out.isEmpty {
                // A large one is not copied.
                out = message.text
            } else {
                out.append(contentsOf: message.text)
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

    /// Puts how things are where it was told before, if that is unread.
    private mutating func replace(_ news: GradioNews) -> Bool {
        guard let old = states[news.event]?[news.kind], old >= taken else { return false }
        bytes += news.text.count - unsent[old - taken].text.count
        unsent[old - taken].text = news.text
        return true
    }

    private mutating func append(_ news: GradioNews) {
        switch news.kind {
        case .estimation, .progress:
            states[news.event, default: [:]][news.kind] = taken + unsent.count
        case .word, .last:
            // Its place in the line is of the past now.
            states[news.event] = nil
        }
        let message = Message(text: news.text, end: news.isLast ? news.event : nil)
        bytes += message.cost
        unsent.append(message)
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
