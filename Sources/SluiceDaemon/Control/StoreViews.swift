import SluiceModel
import SluiceStore
import SluiceWire

// Stored requests, and what happens to the store, as the control socket shows them.

extension Control.Detached {
    /// - Parameter unsettled: how long its outcome waits for the store to take it; nil: it does
    ///   not.
    init(_ stored: StoredRequest, unsettled: Duration? = nil) {
        self.init(
            id: stored.id.rawValue, function: stored.function, user: stored.origin.user,
            enqueuedAt: stored.enqueuedAt.seconds)
        caller = stored.caller
        state = Control.DetachedState(stored.state)
        attempts = stored.attempts
        bytes = stored.payloadBytes
        chunks = stored.chunks
        retryOf = stored.retryOf?.rawValue
        guard let conclusion = stored.conclusion else {
            guard let unsettled else { return }
            (state, settlingSeconds) = (.settling, unsettled.inSeconds)
            return
        }
        finishedAt = conclusion.finishedAt.seconds
        code = conclusion.code
        message = conclusion.message
        // An empty result is one; what failed with none has none.
        let hasResult = conclusion.code == Code.ok.rawValue || conclusion.resultBytes > 0
        resultBytes = hasResult ? conclusion.resultBytes : nil
    }
}

extension Control.DetachedState {
    init(_ state: StoredState) {
        switch state {
        case .waiting: self = .waiting
        case .started: self = .running
        case .finished: self = .finished
        }
    }
}

extension StoreFilter {
    /// What the store can tell of it: what settles is for the store as it was before.
    init(_ call: Control.ListDetached) {
        self.init(function: call.function, user: call.user)
        switch call.state {
        case nil: break
        case .waiting: state = .waiting
        case .running: state = .started
        case .settling: isUnfinished = true
        case .finished: state = .finished
        }
    }
}

extension WallTime {
    fileprivate var seconds: Double { Double(milliseconds) / 1000 }
}

extension StoreEvent {
    /// As a monitor gets it: in the words of the log.
    var event: Control.Event {
        Control.Event(
            kind: kind, happenedAt: wallClock(), message: LogRecord.of(self).message)
    }

    private var kind: Control.EventKind {
        switch self {
        case .opened, .diskFull(false): .storeUsable
        case .setAside: .storeDamaged
        case .unavailable: .storeFailed
        case .diskFull(true): .storeFull
        }
    }
}
