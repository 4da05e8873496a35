import SluiceModel

/// All that a client can say once its connection is open.
public enum ClientRequest: Equatable {
    case submit(RequestNumber, Submit)
    case cancel(RequestNumber)
    /// Whether to send STATUS from now on.
    case watch(RequestNumber, Bool)
    /// Only to a daemon that welcomed with `Features.detached`.
    case fetch(RequestNumber, Fetch)
    /// To hear no more of it. Only to a daemon that welcomed with `Features.leaving`.
    case leave(RequestNumber)
    case link(LinkMessage)

    /// Takes a frame for what a client says. What is inline in it is valid as long as the frame.
    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        let number = RequestNumber(rawValue: frame.id)
        var body = BodyReader(frame)
        switch frame.kind {
        case .submit:
            self = .submit(number, try Submit(SubmitView(frame, &strings), &strings))
            return
        case .cancel: self = .cancel(number)
        case .watch: self = .watch(number, try body.truth("on"))
        case .fetch: self = .fetch(number, try Fetch(&body))
        case .leave: self = .leave(number)
        default:
            self = .link(try LinkMessage(frame, from: .peer, &strings))
            return
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        switch self {
        case .submit(let number, let submit): submit.encode(number, into: &out)
        case .cancel(let number): out.frame(.cancel, id: number.rawValue) { _ in }
        case .watch(let number, let on):
            out.frame(.watch, id: number.rawValue) { out in out.put(on) }
        case .fetch(let number, let fetch): fetch.encode(number, into: &out)
        case .leave(let number): out.frame(.leave, id: number.rawValue) { _ in }
        case .link(let message): message.encode(into: &out)
        }
    }
}
