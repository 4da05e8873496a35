import SluiceEngine
import SluiceModel

// Who is to be told what becomes of a detached request.

extension Model {
    mutating func fetch(_ fetch: Fetch, _ key: Key) {
        guard clients[key.client] != nil, numbers[key] == nil else { return }
        if let known = detached.listening[key] {
            guard known == fetch.request, detached.storing[known] == nil,
                detached.doubts[known] == nil
            else { return }
            return duties.append(.admission(key, known))
        }
        guard detached.state != .absent else { return refuse(key, [.unsupported]) }
        listen(key, to: fetch.request)
    }

    mutating func listen(_ key: Key, to id: RequestID) {
        guard let user = clients[key.client]?.user else { return }
        func mayListen(_ owner: UInt32, _ listeners: [Key]) -> Bool {
            (user == owner || user == 0) && listeners.count < Limits.listeners
        }
        if let storing = detached.storing[id], mayListen(storing.account.user, storing.listeners) {
            detached.storing[id]?.listeners.append(key)
            detached.listening[key] = id
        } else if let request = requests[id], request.isDetached,
            mayListen(request.account.user, request.listeners)
        {
            requests[id]?.listeners.append(key)
            if request.wantsStatus {
                detached.askers.append(key)
                rewatched.append(id)
            }
            // Chunks come after the attempt that they are of, also where its worker is still away.
            let told = attemptUnderWay(id) ?? (request.hasSentChunk ? request.given : nil)
            admit(key, id, hasSentChunk: request.hasSentChunk, after: told)
        } else if let settling = detached.settling[id],
            mayListen(settling.account.user, settling.listeners)
        {
            detached.settling[id]?.listeners.append(key)
            admit(
                key, id, hasSentChunk: settling.hasSentChunk,
                after: settling.hasSentChunk ? settling.given : nil)
        } else if detached.state == .open {
            duties.append(.errand(id, .fetch(key, isLive: false)))
        } else {
            refuse(key, [.storeFailed])
        }
    }

    private mutating func admit(
        _ key: Key, _ id: RequestID, hasSentChunk: Bool, after attempt: Int?
    ) {
        detached.listening[key] = id
        duties.append(.admission(key, id))
        if let attempt { duties.append(.started(key, attempt: attempt)) }
        if hasSentChunk { duties.append(.errand(id, .fetch(key, isLive: true))) }
    }

    /// The attempt with which a worker has begun; nil: none has.
    private func attemptUnderWay(_ id: RequestID) -> Int? {
        guard let request = requests[id], let hand = request.hand,
            grants[hand.grant]?.items[hand.item].isStarted == true
        else { return nil }
        return request.given
    }

    mutating func stopListening(_ client: ClientID) {
        for key in detached.listening.keys where key.client == client { stopListening(key) }
    }

    private mutating func stopListening(_ key: Key) {
        guard let id = detached.listening.removeValue(forKey: key) else { return }
        detached.storing[id]?.listeners.removeAll { $0 == key }
        requests[id]?.listeners.removeAll { $0 == key }
        detached.settling[id]?.listeners.removeAll { $0 == key }
        // Nobody asks any more; who comes later does so anew.
        if detached.storing[id]?.listeners.isEmpty == true {
            detached.storing[id]?.ask.wantsStatus = false
        }
        if requests[id]?.told.isEmpty == true { requests[id]?.wantsStatus = false }
    }

    /// A client wants to hear no more under a number. What is attached only it could hear of.
    mutating func leave(_ key: Key) {
        guard clients[key.client] != nil else { return }
        if let attached = numbers[key] { return conclude(attached, [.cancelledByClient]) }
        // What is refused for want of room is on its way until the turn is over.
        let isRefusedLate =
            lateRefusals.contains { $0.key == key && $0.isUnseen } && !detached.left.contains(key)
        let known = detached.listening[key]
        stopListening(key)
        if let known { detached.doubts[known]?.hasLeft = true }
        detached.left.insert(key)
        duties.append(.farewell(key, wasListening: known != nil || isRefusedLate))
    }

    mutating func watch(_ key: Key, _ isWanted: Bool) {
        if let doubt = detached.listening[key] {
            detached.doubts[doubt]?.wantsStatus = isWanted
        }
        guard let id = requestID(of: key) else { return }
        detached.storing[id]?.ask.wantsStatus = isWanted
        requests[id]?.wantsStatus = isWanted
        guard isWanted else { return }
        rewatched.append(id)
        if requests[id]?.isDetached == true { detached.askers.append(key) }
    }

    mutating func cancel(_ key: Key) {
        guard let id = requestID(of: key) else { return }
        detached.storing[id]?.isCancelled = true
        conclude(id, [.cancelledByClient])
    }
}
