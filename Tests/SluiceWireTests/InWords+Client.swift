import SluiceModel

@testable import SluiceWire

extension ClientRequest {
    var inWords: [String: JSON] {
        switch self {
        case .submit(_, let submit): submit.inWords
        case .cancel, .leave: [:]
        case .watch(_, let on): ["on": .bool(on)]
        case .fetch(_, let fetch): fetch.inWords
        case .link(let message): message.inWords
        }
    }
}

extension Submit {
    var inWords: [String: JSON] {
        let fields: [String: JSON] = [
            "function": .string(function), "wants_status": .bool(wantsStatus),
            "attributes": attributes([
                "content_type": payload.typeInWords,
                "queue_timeout": queueTimeout.duration?.inWords,
                "exec_timeout": execTimeout.duration?.inWords,
                "deadline": deadline.duration?.inWords,
                "max_wait": maxWait.duration?.inWords, "ticket": ticket?.inWords,
                "detached": detached ? .bool(true) : nil, "caller": caller.map { .string($0) },
                "attempt": attempt > 0 ? .count(attempt) : nil,
                "chunks": chunks > 0 ? .count(chunks) : nil,
            ]),
        ]
        return payload.inWords.merging(fields) { a, _ in a }
    }
}

extension Fetch {
    var inWords: [String: JSON] {
        [
            "request": .count(request.rawValue),
            "attributes": attributes([
                "ticket": ticket?.inWords,
                "attempt": attempt > 0 ? .count(attempt) : nil,
                "chunks": chunks > 0 ? .count(chunks) : nil,
            ]),
        ]
    }
}

extension ClientEvent {
    var inWords: [String: JSON] {
        switch self {
        case .admitted(_, let admitted):
            [
                "request": .count(admitted.request.rawValue), "ticket": admitted.ticket.inWords,
                "attributes": attributes(["warning": admitted.warning.map { .string($0) }]),
            ]
        case .status(_, let status):
            [
                "rank": .count(status.rank), "waiting": .count(status.waiting),
                "p50": status.p50?.inWords ?? .null, "p90": status.p90?.inWords ?? .null,
                "held": .bool(status.held),
            ]
        case .started(_, let attempt): ["attempt": .count(attempt)]
        case .progress(_, let progress): progress.inWords
        case .log(_, let line): line.inWords
        case .chunk(_, let chunk): chunk.inWords
        case .outcome(_, let report): report.inWords
        case .link(let message): message.inWords
        }
    }
}

extension OutcomeReport {
    var inWords: [String: JSON] {
        let fields: [String: JSON] = [
            "outcome": .string(outcome.rawValue), "attempts": .count(attempts),
            "code": .string(code), "message": .string(message),
            "attributes": attributes([
                "content_type": payload.typeInWords, "retry_after": retryAfter?.inWords,
                "depth": depth.map { .count($0) }, "limit": limit.map { .count($0) },
            ]),
        ]
        return payload.inWords.merging(fields) { a, _ in a }
    }
}
