import SluiceEngine
import SluiceModel
import SluiceWire

// Chunks that a client does not read are not to pile up here. Above a bound the items that they
// come from are told PAUSE, and RESUME when half of it is left. It is about buffers and no policy,
// so the engine has no part in it.
//
// What was sent away is looked at behind the write at the end of the turn: many chunks in one
// turn crowd nobody who reads. A worker that goes on all the same, because it does not know
// PAUSE or because more was on its way, meets max_outgoing_bytes and stall_timeout as ever. What
// is detached is never paused: the store reads it, and a listener that is slow can fetch it.
//
//     (none) ─chunk for a crowded client→ noted ─still crowded→ paused ─half is left→ (none)
//     noted, paused ─outcome, or the client is gone→ (none): answer and REVOKE end a pause, too

/// Streams of one client that are paused, or are to be if it does not read: at most one for each
/// of its live requests.
struct CrowdedStreams {
    private enum Stream {
        case noted(AnswerSource)
        case paused(AnswerSource)
    }

    private var byNumber: [RequestNumber: Stream] = [:]

    var isEmpty: Bool { byNumber.isEmpty }

    /// A chunk came for a client for whom much waits.
    mutating func add(_ number: RequestNumber, from source: AnswerSource) {
        // Another attempt, in another worker, knows nothing of what that before it was told.
        if case .paused(source) = byNumber[number] { return }
        byNumber[number] = .noted(source)
    }

    mutating func remove(_ number: RequestNumber) { byNumber[number] = nil }

    /// The items to be told PAUSE, once.
    mutating func pause() -> [AnswerSource] {
        var sources: [AnswerSource] = []
        for (number, stream) in byNumber {
            guard case .noted(let source) = stream else { continue }
            byNumber[number] = .paused(source)
            sources.append(source)
        }
        return sources
    }

    /// The items to be told RESUME; nothing is held any more.
    mutating func resume() -> [AnswerSource] {
        defer { byNumber.removeAll() }
        return byNumber.values.compactMap { stream in
            guard case .paused(let source) = stream else { return nil }
            return source
        }
    }
}

extension Link {
    /// Unsent bytes, and files that wait to be passed, above which a client is crowded. Files
    /// have few bytes here and many elsewhere.
    static let crowdedBytes = 256 << 10
    static let crowdedFiles = 16

    @inline(__always)
    var isCrowded: Bool {
        waitingBytes > Self.crowdedBytes || waitingFiles > Self.crowdedFiles
    }

    /// Whether there is room for those who were paused.
    fileprivate var hasRoom: Bool {
        waitingBytes <= Self.crowdedBytes / 2 && waitingFiles <= Self.crowdedFiles / 2
    }
}

extension Edge {
    /// Pauses what comes for a client that did not take enough, or lets it go on.
    mutating func steerStreams(to connection: Connection) {
        // Who is sent away has its requests revoked.
        guard connection.link.phase == .open else {
            connection.streams = CrowdedStreams()
            return
        }
        guard !connection.link.isCrowded else {
            for source in connection.streams.pause() {
                order(source, .pause(source.grant, item: source.item))
            }
            return
        }
        guard connection.link.hasRoom else { return }
        for source in connection.streams.resume() {
            order(source, .resume(source.grant, item: source.item))
        }
    }

    /// It counts as an answer to what the worker sent: one that sends chunks and does not read is
    /// not read from.
    private mutating func order(_ source: AnswerSource, _ order: WorkerOrder) {
        guard let worker = connections[worker: source.worker], worker.takesPauses else { return }
        worker.link.prepareOutput(&buffers)
        worker.link.answer { out in order.encode(into: &out) }
        markDirty(worker)
    }
}
