/// What is about the connection itself, on both sockets, once it is open.
public enum LinkMessage: Hashable, Sendable {
    /// The sender closes after it.
    case error(Farewell)
    /// The daemon goes, gives no outcomes, and will be back.
    case restarting
    /// To be answered with the same number after everything that was received before it.
    case ping(UInt64)
    case pong(UInt64)

    /// Who sent the frame: only the daemon restarts.
    enum Sender { case peer, daemon }

    init(
        _ frame: Frame, from sender: Sender, _ strings: inout StringCache
    ) throws(WireError) {
        var body = BodyReader(frame)
        switch (frame.kind, sender) {
        case (.error, _): self = .error(try Farewell(&body, &strings))
        case (.restarting, .daemon): self = .restarting
        case (.ping, _): self = .ping(frame.id)
        case (.pong, _): self = .pong(frame.id)
        default: throw .unexpectedKind(frame.kind)
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        switch self {
        case .error(let farewell): farewell.encode(into: &out)
        case .restarting: out.frame(.restarting) { _ in }
        case .ping(let number): out.frame(.ping, id: number) { _ in }
        case .pong(let number): out.frame(.pong, id: number) { _ in }
        }
    }
}
