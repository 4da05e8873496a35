import SluiceModel

/// A request as a client sends it.
public struct Submit: Equatable {
    public var function: String
    public var queueTimeout = Span.none
    public var execTimeout = Span.none
    public var deadline = Span.none
    /// Refuse when the predicted wait is longer.
    public var maxWait = Span.none
    /// With a ticket: the attempt of the last STARTED that the client was told, 0 for none, and how
    /// many chunks of it came.
    public var attempt = 0
    public var chunks: UInt64 = 0
    /// Whether it outlives the connection.
    public var detached = false
    /// As given in ADMITTED: the request was accepted before.
    public var ticket: Ticket?
    /// On whose behalf a gateway asks.
    public var caller: String?
    /// Whether to send STATUS until it is started.
    public var wantsStatus = false
    public var payload: Payload

    /// - Parameter function: a name that `Name.isValid` accepts.
    public init(function: String, payload: Payload) {
        self.function = function
        self.payload = payload
    }

    init(_ view: SubmitView, _ strings: inout StringCache) throws(WireError) {
        function = strings.name(view.function)
        (queueTimeout, execTimeout) = (view.queueTimeout, view.execTimeout)
        (deadline, maxWait) = (view.deadline, view.maxWait)
        (attempt, chunks) = (view.attempt, view.chunks)
        (detached, wantsStatus) = (view.isDetached, view.wantsStatus)
        payload = Payload(view.payload, &strings)
        ticket = view.ticket.map { Ticket(checked: $0) }
        caller = view.caller.map { String(decoding: $0, as: UTF8.self) }
    }

    func encode(_ number: RequestNumber, into out: inout OutputBuffer) {
        let flags = payload.flags.union(wantsStatus ? .wantsStatus : [])
        out.frame(.submit, id: number.rawValue, flags: flags) { out in
            out.put(name: function)
            out.putAttributes { out in
                out.put(.contentType, contentType: payload.contentType)
                out.put(.queueTimeout, queueTimeout.duration)
                out.put(.execTimeout, execTimeout.duration)
                out.put(.deadline, deadline.duration)
                out.put(.maxWait, maxWait.duration)
                out.put(.ticket, ticket)
                out.put(.detached, detached ? true : nil)
                out.put(.caller, name: caller)
                out.put(.attempt, number: attempt > 0 ? attempt : nil)
                out.put(.chunks, chunks > 0 ? chunks : nil)
            }
            out.put(payload.content)
        }
    }
}
