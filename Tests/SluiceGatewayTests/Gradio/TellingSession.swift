import SluiceClient

@testable import SluiceGateway

/// A session, and what makes news for it of what the daemon says of its requests.
@dynamicMemberLookup
struct TellingSession {
    private var session: GradioSession
    private var events: [String: GradioEvent] = [:]

    init(_ manner: GradioSession.Manner) { session = GradioSession(manner) }

    subscript<Member>(dynamicMember path: KeyPath<GradioSession, Member>) -> Member {
        session[keyPath: path]
    }

    mutating func begin(_ name: String) throws(Refusal) {
        try session.begin(name)
        let function = GradioFunction("f", number: 1, signature: nil)
        events[name] = GradioEvent(name, function, session.manner)
    }

    mutating func forget(_ name: String) { session.forget(name) }

    /// - Returns: the requests that are to be called off.
    mutating func tell(_ name: String, _ update: RequestUpdate) -> [String] {
        guard let news = events[name]?.news(of: update, PlainFiles()),
            case .overrun(let ended) = session.tell(news)
        else { return [] }
        return ended
    }

    mutating func take(atMost limit: Int = .max) -> [UInt8] { session.take(atMost: limit) }
}
