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

extension Control.Store {
    /// Nil where there is none.
    init?(_ archive: borrowing Archive) {
        guard archive.isThere else { return nil }
        self.init(maxStoredBytes: archive.settings.maxStoredBytes)
        if archive.isDiskFull { state = .diskFull }
        if archive.state == .broken { state = .failed }
        reason = archive.trouble.map { "\($0)" }
        requests = archive.usage?.requests
        bytes = archive.usage?.bytes
    }

    /// What an outcome finds no room beside.
    var contents: String {
        guard state != .diskFull else { return "the disk is full" }
        guard let requests, let bytes else { return "max_stored_bytes is \(maxStoredBytes)" }
        let stored = counted(requests, "stored request takes", "stored requests take")
        return "\(stored) \(bytes) of \(maxStoredBytes) bytes (max_stored_bytes)"
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
