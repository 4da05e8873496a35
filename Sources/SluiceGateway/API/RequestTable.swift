import SluiceClient
import SluiceModel

// The requests that the gateway knows, with time given. Whoever knows the name of one may ask for
// it; nobody has to.
//
// A request that is attached is called off when nobody asked for it, nor listened, for a while: its
// caller is gone. One that is detached is let go, and found again at the daemon by its name. What
// has ended is kept for another while.
//
// All of it is bounded, and shared by those for whom requests are counted: how many are known, and
// the bytes of their logs, as `Commons` says; outcomes that are kept, as `KeptOutcomes` says. So
// whoever asks for very much is refused, or told of gaps, or its outcomes go, and nobody else's.

public struct RequestTable: Sendable {
    public struct Key: Hashable, Sendable { let serial: UInt64 }

    /// What is to be done about requests that nobody wants any more.
    public struct Leavings: Hashable, Sendable {
        /// To be cancelled; their outcome comes.
        public var calledOff: [Key] = []
        /// To be heard no more.
        public var letGo: [Key] = []
    }

    struct Bounds {
        var requests = GatewayLimits.knownRequests
        var eventBytes = GatewayLimits.eventBytesInAll
        var kept = KeptOutcomes.Bounds()
    }

    private var requests: [Key: KnownRequest] = [:]
    private var names: [RequestName: Key] = [:]
    private var kept: KeptOutcomes
    private var lastSerial: UInt64 = 0
    private var places: Commons<Holder>
    /// Bytes of logs.
    private var logs: Commons<Holder>
    /// What had changed when logs of others had nothing to spare.
    private var fruitless: UInt64?

    public init() { self.init(Bounds()) }

    init(_ bounds: Bounds) {
        places = Commons(limit: bounds.requests)
        logs = Commons(limit: bounds.eventBytes)
        kept = KeptOutcomes(bounds.kept)
    }

    public var count: Int { requests.count }
    public var isEmpty: Bool { requests.isEmpty }
    /// Of all logs.
    var bytesOfEvents: Int { logs.used }

    public subscript(key: Key) -> KnownRequest? { requests[key] }

    // MARK: Coming

    /// Begins to know a request that is about to be asked for.
    ///
    /// - Parameters:
    ///   - name: nil for one that is detached and new.
    ///   - holder: for whom it counts.
    ///   - tag: of its log; another for each.
    public mutating func begin(
        _ name: RequestName?, function: String?, caller: String?, for holder: Holder, tag: UInt64,
        at now: ContinuousClock.Instant
    ) throws(Refusal) -> Key {
        try takePlace(for: holder)
        lastSerial += 1
        let key = Key(serial: lastSerial)
        let isDetached = if case .attached = name { false } else { true }
        requests[key] = KnownRequest(
            name, function, caller, for: holder, isDetached: isDetached, tag: tag, at: now)
        if let name { names[name] = key }
        return key
    }

    /// What has ended makes room: the holder's own, and then that of whoever has more than it.
    private mutating func takePlace(for holder: Holder) throws(Refusal) {
        guard !places.take(1, for: holder) else { return }
        drop(kept.oldest(64, of: holder, among: requests))
        guard !places.take(1, for: holder) else { return }
        if let other = Self.whoHasMore(than: holder, of: places, among: kept.holders) {
            drop(kept.oldest(64, of: other, among: requests))
        }
        guard !places.take(1, for: holder) else { return }
        let part = places.part(of: holder)
        guard part > 0 else {
            throw Refusal(
                503, "gateway_full",
                "the gateway knows \(places.limit) requests at most, and does; try again when "
                    + "some have ended", retryAfter: .seconds(5))
        }
        throw Refusal(
            429, "over_share",
            "\(part) of the \(places.limit) requests that the gateway may know are yours, and "
                + "others leave you no more: wait until some have ended", retryAfter: .seconds(5))
    }

    /// Who of some has most, if that is more than somebody has.
    private static func whoHasMore(
        than holder: Holder, of commons: Commons<Holder>, among others: some Sequence<Holder>
    ) -> Holder? {
        let part = commons.part(of: holder)
        // Else nobody can have, and there is no need to look.
        guard commons.used - part > part else { return nil }
        let richest = others.max { commons.part(of: $0) < commons.part(of: $1) }
        return richest.flatMap { commons.part(of: $0) > part ? $0 : nil }
    }

    /// The request of that name, if it is this caller's. A detached one is whosoever has its name.
    public func find(_ name: RequestName, caller: String?) -> Key? {
        guard let key = names[name], let request = requests[key],
            request.isDetached || request.caller == caller
        else { return nil }
        return key
    }

    // MARK: What the daemon says

    public mutating func take(_ told: ToldUpdate, of key: Key, at now: ContinuousClock.Instant) {
        change(key, at: now) { request, room in request.take(told, room: room) }
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
        guard request.ending == nil else { return requests[key] = request }
        let (size, hadName) = (request.log.bytes, request.name)
        makeRoom(for: request.holder)
        change(&request, min(GatewayLimits.eventBytes, size + room(for: request.holder)))
        let more = request.log.bytes - size
        logs.charge(max(0, more), to: request.holder)
        logs.giveBack(max(0, -more), of: request.holder)
        if hadName == nil, let name = request.name { names[name] = key }
        requests[key] = request
        guard let ending = request.ending else { return }
        let bytes =
            if case .outcome(let outcome) = ending { outcome.content.bytes.count } else { 0 }
        kept.add(
            key, of: request.holder, bytes: bytes, events: request.log.spareBytes, at: now)
        drop(kept.shed(sparing: key, among: requests))
    }

    // MARK: Room for logs

    /// By how much a holder's logs may grow.
    private func room(for holder: Holder) -> Int {
        max(0, logs.most(for: holder) - logs.part(of: holder))
    }

    /// Where a holder's logs may grow by little, those go that have ended and that nobody reads:
    /// its own, and then those of whoever has more than it.
    private mutating func makeRoom(for holder: Holder) {
        let enough = min(GatewayLimits.eventBytes, logs.limit / 16)
        guard room(for: holder) < enough, kept.events > 0 else { return }
        if kept.events(of: holder) > 0 {
            thin(kept.thin(enough, of: holder, among: requests))
        }
        guard room(for: holder) < enough, kept.events > 0, fruitless != kept.changes else { return }
        let others = kept.holders.lazy.filter { [kept] in kept.events(of: $0) > 0 }
        guard let other = Self.whoHasMore(than: holder, of: logs, among: others) else {
            // It is not looked for again with each event.
            fruitless = kept.changes
            return
        }
        thin(kept.thin(enough, of: other, among: requests))
    }

    private mutating func thin(_ keys: [Key]) {
        for key in keys {
            guard var request = requests.removeValue(forKey: key) else { continue }
            let bytes = request.log.bytes
            request.thin()
            logs.giveBack(bytes - request.log.bytes, of: request.holder)
            requests[key] = request
        }
    }

    // MARK: Interest

    /// Somebody asks for it.
    public mutating func touch(_ key: Key, at now: ContinuousClock.Instant) {
        requests[key]?.lastInterest = now
    }

    /// Somebody begins to listen, or to wait.
    public mutating func enter(_ key: Key) throws(Refusal) {
        guard let listeners = requests[key]?.listeners else { throw .unknownRequest }
        guard listeners < GatewayLimits.readersPerRequest else {
            throw Refusal(
                503, "too_many_readers",
                "\(listeners) readers listen to this request already", retryAfter: .seconds(5))
        }
        requests[key]?.listeners += 1
    }

    /// And listens no more. Of one that was not taken in, whoever waited has heard so now.
    public mutating func leave(_ key: Key, at now: ContinuousClock.Instant) {
        requests[key]?.listeners -= 1
        touch(key, at: now)
        guard requests[key]?.rejection != nil else { return }
        forget(key)
    }

    // MARK: Going

    /// Forgets one that was never admitted, when nobody waits to hear that.
    public mutating func forget(_ key: Key) {
        guard let request = requests[key], request.listeners == 0 else { return }
        kept.remove(key, of: request.holder)
        drop([key])
    }

    private mutating func drop(_ keys: [Key]) {
        for key in keys {
            guard let request = requests.removeValue(forKey: key) else { continue }
            places.giveBack(1, of: request.holder)
            logs.giveBack(request.log.bytes, of: request.holder)
            guard let name = request.name, names[name] == key else { continue }
            names[name] = nil
        }
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
        drop(leavings.letGo)
        leavings.calledOff.sort { $0.serial < $1.serial }
        leavings.letGo.sort { $0.serial < $1.serial }
        let age = Duration.seconds(GatewayLimits.keptSeconds)
        drop(kept.expire(before: now - age, among: requests))
        return leavings
    }
}
