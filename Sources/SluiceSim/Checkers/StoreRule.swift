import SluiceEngine
import SluiceModel

/// The store is told of every detached request what it has to know, once and in order: that it is
/// to be kept, each attempt, each chunk, that it waits again, how it ended. Nothing that a crash
/// could forget is given to a worker, and what must not run twice is noted before it is.
struct StoreRule: Rule {
    static let name = "store"

    private var owed: [RequestID: [Errand]] = [:]
    private var seen: [RequestID: [Errand]] = [:]
    private var repetitions: [UInt64: RequestID?] = [:]

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        owed.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        repetitions.removeAll(keepingCapacity: true)
        for duty in model.duties {
            switch duty {
            case .errand(let id, let errand): owed[id, default: []].append(errand)
            case .repeated(let token, let id): repetitions[token] = .some(id)
            case .outcome, .started, .report, .acknowledge, .revoke, .declared, .drain,
                .dismissal, .bound, .reply,
                .admission, .refusal, .farewell:
                break
            }
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        switch effect {
        case .store(let task): see(task, model, &findings)
        case .repeated(let token, let result):
            guard let due = repetitions.removeValue(forKey: token), due == (try? result.get())
            else {
                return findings.add(Self.self, "repetition \(token) was answered \(result)")
            }
        default: break
        }
    }

    private mutating func see(_ task: StoreTask, _ model: Model, _ findings: inout Findings) {
        switch task {
        case .accept(let keepsake): seen[keepsake.request, default: []].append(.accept)
        case .find(let id, _): seen[id, default: []].append(.find)
        case .start(let id, let attempt): seen[id, default: []].append(.start(attempt: attempt))
        case .giveBack(let id, let charged):
            seen[id, default: []].append(.giveBack(charged: charged))
        case .keep(let id, let attempt, let sequence, let body):
            seen[id, default: []]
                .append(.keep(attempt: attempt, sequence: sequence, body))
        case .fetch(let client, let number, let fetch, let user, let isLive):
            let key = Model.Key(client: client, number: number)
            seen[fetch.request, default: []].append(.fetch(key, isLive: isLive))
            // It may have left in the turn in which it asked.
            if let caller = model.clients[client], caller.user != user {
                findings.add(Self.self, "\(fetch.request) is fetched for user \(user)")
            }
        case .finish(let id, let conclusion): finish(id, conclusion, model, &findings)
        }
    }

    private mutating func finish(
        _ id: RequestID, _ conclusion: Conclusion, _ model: Model, _ findings: inout Findings
    ) {
        guard let settling = model.detached.settling[id] else {
            return findings.add(Self.self, "\(id) is finished and has not ended")
        }
        // What the store did not take it is offered again, at any time.
        if settling.retryBy == nil { seen[id, default: []].append(.finish) }
        if !settling.codes.contains(conclusion.code) {
            findings.add(Self.self, "\(id) is kept as \(conclusion.code), not \(settling.codes)")
        }
        let source = settling.isShortened ? nil : settling.source
        if conclusion.answer != settling.answer || conclusion.source != source {
            findings.add(Self.self, "\(id) is kept with another answer")
        }
    }

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        for item in grant.items {
            if model.detached.knows(item.request) {
                findings.add(Self.self, "\(item.request) is granted and not stored, or over")
            }
            guard let request = model.requests[item.request], request.isDetached,
                model.rules(of: request.function).retry == .never
            else { continue }
            owed[item.request, default: []].append(.start(attempt: item.attempt))
        }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for id in Set(owed.keys).union(seen.keys).sorted()
        where owed[id, default: []] != seen[id, default: []] {
            findings.add(
                Self.self,
                "of \(id) the store is told \(seen[id] ?? []), and is owed \(owed[id] ?? [])")
        }
        for token in repetitions.keys.sorted() {
            findings.add(Self.self, "repetition \(token) was not answered")
        }
        for (id, settling) in model.detached.settling {
            guard let due = settling.retryBy, due <= model.now else { continue }
            findings.add(Self.self, "the outcome of \(id) is not offered again")
        }
    }
}
