import SluiceClient
import SluiceModel

// The requests that the gateway knows, with time given. Whoever knows the name of one may ask for
// it; nobody has to.
//
// A request that is attached is called off when nobody asked for it, nor listened, for a while: its
// caller is gone. One that is detached is let go, and found again at the daemon by its name. What
// has ended is kept for another while, within bounds for all: the oldest go first.

public struct RequestTable: Sendable {
    public struct Key: Hashable, Sendable { let serial: UInt64 }

    /// What is to be done about requests that nobody wants any more.
    public struct Leavings: Hashable, Sendable {
        /// To be cancelled; their outcome comes.
        public var calledOff: [Key] = []
        /// To be heard no more.
        public var letGo: [Key] = []
    }

    private struct Ended {
        var key: Key
        var at: ContinuousClock.Instant
        var bytes: Int
    }

    private var requests: [Key: KnownRequest] = [:]
    private var names: [RequestName: Key] = [:]
    /// In the order in which they ended.
    private var ended: [Ended] = []
    private var lastSerial: UInt64 = 0
    /// Of all logs.
    private(set) var bytesOfEvents = 0
    /// Of all results that are kept.
    private var resultBytes = 0

    private let mostBytesOfEvents: Int

    public init() { self.init(mostBytesOfEvents: GatewayLimits.eventBytesInAll) }

    init(mostBytesOfEvents: Int) { self.mostBytesOfEvents = mostBytesOfEvents }

    public var count: Int { requests.count }
    public var isEmpty: Bool { requests.isEmpty }

    public subscript(key: Key) -> KnownRequest? { requests[key] }

    // MARK: Coming

    /// Begins to know a request that is about to be asked for.
    ///
    /// - Parameters:
    ///   - name: nil for one that is detached and new.
    ///   - tag: of its log; another for each.
    public mutating func begin(
        _ name: RequestName?, function: String?, caller: String?, tag: UInt64,
        at now: ContinuousClock.Instant
    ) throws(Objection) -> Key {
        if requests.count >= GatewayLimits.knownRequests { forgetOldest(min(64, ended.count)) }
        guard requests.count < GatewayLimits.knownRequests else {
            throw Objection(
                503, "gateway_full",
                "the gateway knows \(GatewayLimits.knownRequests) requests already; try again "
                    + "when some have ended", retryAfter: .seconds(5))
        }
        lastSerial += 1
        let key = Key(serial: lastSerial)
        let isDetached = if case .attached = name { false } else { true }
        requests[key] = KnownRequest(
            name, function, caller, isDetached: isDetached, tag: tag, at: now)
        if let name { names[name] = key }
        return key
    }

    /// The request of that name, if it is this caller's. A detached one is whosoever has its name.
    public func find(_ name: RequestName, caller: String?) -> Key? {
        guard let key = names[name], let request = requests[key],
            request.isDetached || request.caller == caller
        else { return nil }
        return key
    }

    // MARK: What the daemon says

    public mutating func take(
        _ update: RequestUpdate, of key: Key, at now: ContinuousClock.Instant
    ) {
        change(key, at: now) { request, room in request.take(update, room: room) }
    }

    /// No more is heard of a request. A detached one goes on: who asks again finds it anew.
    public mutating func lose(
        _ key: Key, _ refusal: Refusal, at now: ContinuousClock.Instant
    ) {
        change(key, at: now) { request, _ in request.end(refusal) }
        guard let request = requests[key], request.isDetached, let name = request.name else {
            return
        }
        names[name] = nil
    }

    private mutating func change(
        _ key: Key, at now: ContinuousClock.Instant, _ change: (inout KnownRequest, Int) -> Void
    ) {
        // Taken out, so that its log is not copied.
        guard var request = requests.removeValue(forKey: key) else { return }
        let (bytes, hadName, hadEnded) = (request.log.bytes, request.name, request.ending != nil)
        let room = min(GatewayLimits.eventBytes, mostBytesOfEvents - bytesOfEvents + bytes)
        if !hadEnded { change(&request, max(0, room)) }
        bytesOfEvents += request.log.bytes - bytes
        if hadName == nil, let name = request.name { names[name] = key }
        requests[key] = request
        guard !hadEnded, let ending = request.ending else { return }
        let kept = if case .outcome(let outcome) = ending { outcome.content.bytes.count } else { 0 }
        ended.append(Ended(key: key, at: now, bytes: kept))
        resultBytes += kept
        forgetExcess()
    }

    // MARK: Interest

    /// Somebody asks for it.
    public mutating func touch(_ key: Key, at now: ContinuousClock.Instant) {
        requests[key]?.lastInterest = now
    }

    /// Somebody begins to listen, or to wait.
    public mutating func enter(_ key: Key) throws(Objection) {
        guard let listeners = requests[key]?.listeners else { throw .unknownRequest }
        guard listeners < GatewayLimits.readersPerRequest else {
            throw Objection(
                503, "too_many_readers",
                "\(listeners) readers listen to this request already", retryAfter: .seconds(5))
        }
        requests[key]?.listeners += 1
    }

    /// And listens no more.
    public mutating func leave(_ key: Key, at now: ContinuousClock.Instant) {
        requests[key]?.listeners -= 1
        touch(key, at: now)
    }

    // MARK: Going

    /// Forgets one that was never admitted; nobody knows its name.
    public mutating func forget(_ key: Key) {
        drop(key)
        guard let index = ended.firstIndex(where: { $0.key == key }) else { return }
        resultBytes -= ended.remove(at: index).bytes
    }

    private mutating func drop(_ key: Key) {
        guard let request = requests.removeValue(forKey: key) else { return }
        bytesOfEvents -= request.log.bytes
        guard let name = request.name, names[name] == key else { return }
        names[name] = nil
    }

    /// Sees who was not asked for any more, and what was kept long enough. To be called now and
    /// then, while the table is not empty.
    public mutating func sweep(at now: ContinuousClock.Instant) -> Leavings {
        var leavings = Leavings()
        let patience = Duration.seconds(GatewayLimits.interestSeconds)
        for (key, request) in requests
        where request.ending == nil && request.listeners == 0 && !request.isCalledOff
            && now - request.lastInterest >= patience
        {
            if request.isDetached {
                leavings.letGo.append(key)
            } else {
                leavings.calledOff.append(key)
            }
        }
        for key in leavings.calledOff { requests[key]?.isCalledOff = true }
        for key in leavings.letGo { drop(key) }
        leavings.calledOff.sort { $0.serial < $1.serial }
        leavings.letGo.sort { $0.serial < $1.serial }
        let age = Duration.seconds(GatewayLimits.keptSeconds)
        forgetOldest(ended.firstIndex { now - $0.at < age } ?? ended.count)
        return leavings
    }

    /// Leaves a little room, so that it is not done for each that ends. The last that ended is kept,
    /// however large it is: its caller is about to take it.
    private mutating func forgetExcess() {
        guard ended.count > GatewayLimits.keptOutcomes || resultBytes > GatewayLimits.keptBytes
        else { return }
        let most = GatewayLimits.keptOutcomes - GatewayLimits.keptOutcomes / 16
        var (bytes, excess) = (resultBytes, 0)
        while ended.count - excess > most || bytes > GatewayLimits.keptBytes,
            excess < ended.count - 1
        {
            bytes -= ended[excess].bytes
            excess += 1
        }
        forgetOldest(excess)
    }

    /// Of so many, those that nobody listens to.
    private mutating func forgetOldest(_ count: Int) {
        guard count > 0 else { return }
        let oldest = ended.prefix(count)
        ended.removeFirst(oldest.count)
        var busy: [Ended] = []
        for one in oldest {
            guard requests[one.key]?.listeners == 0 else {
                busy.append(one)
                continue
            }
            resultBytes -= one.bytes
            drop(one.key)
        }
        guard !busy.isEmpty else { return }
        ended.insert(contentsOf: busy, at: 0)
    }
}
