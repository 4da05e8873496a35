// The first frames of a connection, as state machines: told what arrived, they say what to do.
// Whatever they refuse, the connection ends with `error.farewell`.

/// The daemon's side.
///
///     awaitingHello ─HELLO→ open;  awaitingHello ─anything else→ refused
public struct DaemonOpening {
    public enum State: Hashable, Sendable { case awaitingHello, open, refused }

    public enum Action: Equatable {
        /// Send the welcome, allow longer bodies, and take what follows for messages.
        case welcome(Hello, Welcome)
        /// The opening is over: the frame is a message.
        case pass
        /// Say farewell and close.
        case refuse(WireError)
        /// It came after what was refused, and nobody listens any more.
        case ignore
    }

    public private(set) var state = State.awaitingHello
    private let offer: Welcome

    /// - Parameter offer: the welcome that a peer gets, but for the version.
    public init(offering offer: Welcome) { self.offer = offer }

    public mutating func receive(_ frame: Frame) -> Action {
        switch state {
        case .awaitingHello: return answer(frame)
        case .open: return .pass
        case .refused: return .ignore
        }
    }

    private mutating func answer(_ frame: Frame) -> Action {
        do throws(WireError) {
            let hello = try Hello(frame)
            var welcome = offer
            welcome.version = try ProtocolVersion.negotiate(hello)
            state = .open
            return .welcome(hello, welcome)
        } catch {
            state = .refused
            return .refuse(error)
        }
    }
}

/// The side of a client or worker, which sent its HELLO.
///
///     awaitingWelcome ─WELCOME→ open;  awaitingWelcome ─ERROR, anything else→ closed
public struct PeerOpening {
    public enum State: Hashable, Sendable { case awaitingWelcome, open, closed }

    public enum Action: Equatable {
        /// The connection is open: obey the limits, take what follows for messages.
        case open(Welcome)
        /// The opening is over: the frame is a message.
        case pass
        /// The daemon wants nothing to do with us, and says why.
        case dismissed(Farewell)
        /// The daemon broke a rule: say farewell and close.
        case refuse(WireError)
        /// It came after the connection was given up.
        case ignore
    }

    public private(set) var state = State.awaitingWelcome
    private let hello: Hello

    /// - Parameter hello: what was sent.
    public init(with hello: Hello) { self.hello = hello }

    public mutating func receive(_ frame: Frame, _ strings: inout StringCache) -> Action {
        switch state {
        case .awaitingWelcome: return accept(frame, &strings)
        case .open: return .pass
        case .closed: return .ignore
        }
    }

    private mutating func accept(_ frame: Frame, _ strings: inout StringCache) -> Action {
        do throws(WireError) {
            guard frame.kind != .error else { return try dismissed(frame, &strings) }
            let welcome = try Welcome(frame)
            guard hello.lowestVersion...hello.highestVersion ~= welcome.version else {
                throw .malformed(.welcome, field: "version", .outOfRange)
            }
            state = .open
            return .open(welcome)
        } catch {
            state = .closed
            return .refuse(error)
        }
    }

    private mutating func dismissed(
        _ frame: Frame, _ strings: inout StringCache
    ) throws(WireError) -> Action {
        var body = BodyReader(frame)
        let farewell = try Farewell(&body, &strings)
        try body.end()
        state = .closed
        return .dismissed(farewell)
    }
}
