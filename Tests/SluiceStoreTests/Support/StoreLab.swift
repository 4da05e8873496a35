import Foundation
import SluiceModel
import SluiceSystem
import Testing

@testable import SluiceStore

/// A directory of the test's own, which goes with the value.
final class Scratch {
    let path: String

    init() throws {
        var template = Array(
            FileManager.default.temporaryDirectory.appending(path: "sluice-store-XXXXXX").path
                .utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    var file: String { "\(path)/\(StoreFile.name)" }
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    deinit { _ = try? FileManager.default.removeItem(atPath: path) }
}

/// A store, and a caller who waits for its answers.
final class StoreLab {
    let scratch: Scratch
    private var store: Store
    private(set) var events: [StoreEvent] = []
    /// What it said last of how much is stored.
    private(set) var usage: StoreUsage?

    init(
        _ settings: StoreSettings = StoreSettings(), _ probes: StoreProbes = StoreProbes(),
        in scratch: Scratch? = nil
    ) throws {
        self.scratch = try scratch ?? Scratch()
        store = try Store(in: self.scratch.path, settings, probes)
    }

    deinit { store.close() }

    /// Runs operations as one turn.
    @discardableResult
    func ask(_ operations: [StoreOperation]) throws -> [StoreOutcome] {
        for (index, operation) in operations.enumerated() {
            try store.submit(operation, token: UInt64(index))
        }
        store.flush()
        return try answers(operations.count)
    }

    @discardableResult
    func ask(_ operation: StoreOperation) throws -> StoreOutcome {
        try #require(try ask([operation]).first)
    }

    private func answers(_ count: Int) throws -> [StoreOutcome] {
        var answers: [StoreOutcome] = []
        while answers.count < count {
            for case .answer(let token, let outcome) in take() {
                try #require(token == UInt64(answers.count), "answers in order")
                answers.append(outcome)
            }
        }
        return answers
    }

    /// What the store has to say next.
    func take() -> [StoreNews] {
        store.wait()
        var news: [StoreNews] = []
        store.take(into: &news)
        for case .event(let event) in news { events.append(event) }
        for case .usage(let usage) in news { self.usage = usage }
        return news
    }

    /// What it said when it opened.
    func opening() throws -> StoreOpening {
        // An answer comes after all events before it.
        try ask(.recall(after: nil))
        let openings = events.compactMap { event -> StoreOpening? in
            guard case .opened(let opening) = event else { return nil }
            return opening
        }
        return try #require(openings.last)
    }

    func close() { store.close() }

    /// Ends this store in order and opens it again.
    func reopen(_ settings: StoreSettings = StoreSettings()) throws {
        store.close()
        (events, usage) = ([], nil)
        store = try Store(in: scratch.path, settings, StoreProbes())
    }
}

/// The number of a request as its id, its number with its client, and its moment.
func request(
    _ id: UInt64, function: String = "caption", user: UInt32 = 1000, bytes: [UInt8] = [1, 2, 3]
) -> NewRequest {
    NewRequest(
        id: RequestID(rawValue: id), origin: origin(id, user: user), function: function,
        payload: StoredPayload("application/json", .inline(bytes)),
        enqueuedAt: WallTime(milliseconds: Int64(id)))
}

func origin(_ number: UInt64, user: UInt32 = 1000) -> RequestOrigin {
    RequestOrigin(
        user: user, session: (0xffff_ffff_ffff_ffff, 7), number: RequestNumber(rawValue: number))
}

func id(_ number: UInt64) -> RequestID { RequestID(rawValue: number) }

func ending(
    _ code: Code = .ok, _ bytes: [UInt8] = [9], message: String = "", at: Int64 = 1000
) -> Ending {
    Ending(
        code, message: message, result: StoredPayload("text/plain", .inline(bytes)),
        finishedAt: WallTime(milliseconds: at))
}

func chunk(_ sequence: UInt64, _ bytes: [UInt8]) -> StoredChunk {
    StoredChunk(sequence: sequence, payload: StoredPayload("text/plain", .inline(bytes)))
}

extension StoreOutcome {
    var refusal: StoreRefusal? {
        guard case .refused(let refusal) = self else { return nil }
        return refusal
    }

    var isAccepted: Bool {
        guard case .accepted = self else { return false }
        return true
    }

    var isDone: Bool {
        guard case .done = self else { return false }
        return true
    }

    func request() throws -> StoredRequest? {
        guard case .request(let request) = self else { throw Surprise(self) }
        return request
    }

    func known() throws -> StoredRequest {
        guard case .known(let request) = self else { throw Surprise(self) }
        return request
    }

    func bytes() throws -> [UInt8] {
        guard case .bytes(let payload) = self else { throw Surprise(self) }
        return try payload.copied()
    }

    func chunks() throws -> [StoredChunk] {
        guard case .chunks(let chunks) = self else { throw Surprise(self) }
        return chunks
    }

    func page() throws -> (ids: [UInt64], next: RequestID?) {
        guard case .requests(let requests, let next) = self else { throw Surprise(self) }
        return (requests.map(\.id.rawValue), next)
    }

    func unfinished() throws -> [UnfinishedRequest] {
        guard case .unfinished(let requests) = self else { throw Surprise(self) }
        return requests
    }

    func expired() throws -> (count: Int, hasMore: Bool) {
        guard case .expired(let count, let hasMore, _) = self else { throw Surprise(self) }
        return (count, hasMore)
    }

    func learned() throws -> [(function: String, LearnedStatistics)] {
        guard case .learned(let learned) = self else { throw Surprise(self) }
        return learned
    }
}

extension StoredPayload {
    func copied() throws -> [UInt8] { try bytes.withBytes { [UInt8]($0) } }
}

/// An answer of another kind than was asked for.
struct Surprise: Error {
    let answer: String
    init(_ outcome: StoreOutcome) { answer = "\(outcome)" }
}
