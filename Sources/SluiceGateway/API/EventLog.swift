// What is told of one request, kept for readers that come late, come again, or are slow. All read
// the same log, each from where it is; nothing is kept for a single one of them.
//
// The log is bounded. When it is full, words about a moment that has passed go first: ranks and
// progress that were superseded. Then the oldest of the others, and a reader that has not come as
// far is told of a gap.

/// A word about a request.
public enum EventKind: String, Hashable, Sendable, CaseIterable {
    case admitted, status, started, progress, log, chunk
    /// How it ended; nothing comes behind it.
    case outcome
    /// Why nothing more can be told here, though it goes on; nothing comes behind it.
    case error
    /// Some of what there was before is not kept. Never in the log itself.
    case gap

    public var isLast: Bool { self == .outcome || self == .error }

    /// Whether the next of its kind says all that it does.
    var isMomentary: Bool { self == .status || self == .progress }
}

/// How far a reader has come: what it says in `Last-Event-ID` to go on there.
///
/// The number counts in one log. Of a request that is detached another gateway, or this one later,
/// makes another log, with another tag: there, what counts is which attempt was told and how many
/// chunks of it.
public struct EventPlace: Hashable, Sendable {
    public var tag: UInt64
    public var number: UInt64 = 0
    public var attempt = 0
    public var chunks: UInt64 = 0

    public init(tag: UInt64) { self.tag = tag }

    /// - Throws: `Refusal`, for what `text` never gave.
    public init(_ text: String) throws(Refusal) {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        guard words.count == 4, let tag = UInt64(words[0], radix: 16),
            let number = UInt64(words[1]), let attempt = UInt32(words[2]),
            let chunks = UInt64(words[3])
        else {
            throw Refusal(
                400, "bad_event_id", "Last-Event-ID is the id of an event that was told before")
        }
        (self.tag, self.number, self.chunks) = (tag, number, chunks)
        self.attempt = Int(attempt)
    }

    /// Goes on to an event, and not back in the stream: of another log more may have been told.
    fileprivate mutating func pass(_ number: UInt64, _ attempt: Int, _ chunks: UInt64) {
        self.number = number
        if attempt > self.attempt {
            (self.attempt, self.chunks) = (attempt, chunks)
        } else if attempt == self.attempt {
            self.chunks = max(self.chunks, chunks)
        }
    }

    public var text: String { "\(String(tag, radix: 16))-\(number)-\(attempt)-\(chunks)" }
}

/// An event as a reader gets it.
public struct ToldEvent: Hashable, Sendable {
    public var kind: EventKind
    /// JSON, in one line.
    public var data: [UInt8]
    /// What the reader has come to with it.
    public var place: EventPlace
}

public struct EventLog: Sendable {
    private struct Event {
        var kind: EventKind
        var number: UInt64
        /// What was told of the stream, with this.
        var attempt: Int
        var chunks: UInt64
        var data: [UInt8]

        var bytes: Int { EventLog.bytes(of: data) }
    }

    /// Tells this log from others of the same request.
    public let tag: UInt64
    public private(set) var bytes = 0
    public private(set) var isClosed = false
    private var events: [Event] = []
    private var lastNumber: UInt64 = 0
    /// The latest event that is not kept though it mattered.
    private var lost: (number: UInt64, attempt: Int, chunks: UInt64)?

    /// What an event of this is counted as, which is more than its data.
    static func bytes(of data: [UInt8]) -> Int { 96 + data.count }

    public init(tag: UInt64) { self.tag = tag }

    public var count: Int { events.count }

    /// Adds an event.
    ///
    /// - Parameters:
    ///   - attempt: the attempt that it belongs to, and `chunks` how many of it were told with it.
    ///   - room: bytes that the log may have then. The last word is kept in any case.
    public mutating func append(
        _ kind: EventKind, _ data: [UInt8], attempt: Int, chunks: UInt64,
        room: Int = GatewayLimits.eventBytes
    ) {
        guard !isClosed else { return }
        lastNumber += 1
        let event = Event(
            kind: kind, number: lastNumber, attempt: attempt, chunks: chunks, data: data)
        events.append(event)
        bytes += event.bytes
        isClosed = kind.isLast
        guard bytes > room || events.count > GatewayLimits.events else { return }
        shrink(to: room)
    }

    /// Bytes that `thin` would free.
    var spareBytes: Int { isClosed ? bytes - (events.last?.bytes ?? 0) : 0 }

    /// Leaves the last word alone of a log that is over, because others want its room.
    mutating func thin() {
        guard isClosed else { return }
        shrink(to: 0)
    }

    /// Leaves a quarter of the room free, so that it is not done for each event.
    private mutating func shrink(to room: Int) {
        dropSuperseded()
        var first = 0
        while first < events.count, !events[first].kind.isLast,
            bytes > room - room / 4 || events.count - first > GatewayLimits.events * 3 / 4
        {
            let event = events[first]
            bytes -= event.bytes
            if !event.kind.isMomentary { lost = (event.number, event.attempt, event.chunks) }
            first += 1
        }
        events.removeFirst(first)
    }

    private mutating func dropSuperseded() {
        var isStatusPast = false
        var isProgressPast = false
        var kept: [Event] = []
        for event in events.reversed() {
            switch event.kind {
            case .status where isStatusPast, .progress where isProgressPast:
                bytes -= event.bytes
                continue
            case .status: isStatusPast = true
            case .progress: isProgressPast = true
            // Who runs has no rank, and who ended or runs anew has not come as far as was said.
            case .started, .outcome, .error: (isStatusPast, isProgressPast) = (true, true)
            case .admitted, .log, .chunk, .gap: break
            }
            kept.append(event)
        }
        events = kept.reversed()
    }

    // MARK: Reading

    /// What there is behind a place, up to some bytes, and at least one event if there is one.
    public func events(after place: EventPlace, upTo limit: Int = 64 << 10) -> [ToldEvent] {
        var place = place
        let isForeign = place.tag != tag
        if isForeign { (place.tag, place.number) = (tag, 0) }
        var told: [ToldEvent] = []
        if let lost, place.number < lost.number {
            place.pass(lost.number, lost.attempt, lost.chunks)
            told.append(ToldEvent(kind: .gap, data: Self.gap, place: place))
        }
        var size = 0
        for event in events[firstIndex(after: place.number)...] where !isKnown(event, at: place) {
            if event.kind == .admitted {
                if isForeign { continue }
                // As another request, after a restart of the daemon: it begins anew.
                (place.attempt, place.chunks) = (0, 0)
            }
            guard size == 0 || size + event.data.count <= limit else { break }
            size += event.data.count
            place.pass(event.number, event.attempt, event.chunks)
            told.append(ToldEvent(kind: event.kind, data: event.data, place: place))
        }
        return told
    }

    /// Whether another log told it already.
    private func isKnown(_ event: Event, at place: EventPlace) -> Bool {
        switch event.kind {
        case .started: event.attempt <= place.attempt
        case .chunk: event.attempt == place.attempt && event.chunks <= place.chunks
        case .admitted, .status, .progress, .log, .outcome, .error, .gap: false
        }
    }

    /// Whether nothing will come behind a place.
    public func isOver(at place: EventPlace) -> Bool {
        isClosed && place.tag == tag && place.number >= lastNumber
    }

    private func firstIndex(after number: UInt64) -> Int {
        var range = 0..<events.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if events[middle].number <= number {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }

    private static let gap = Value.object([
        "message": "some of what was told before this is not kept; the result has all"
    ]).json
}
