import SluiceModel

/// A request as a client sends it.
public struct Submit: Equatable {
    public var function: String
    public var queueTimeout: Duration?
    public var execTimeout: Duration?
    public var deadline: Duration?
    /// Refuse when the predicted wait is longer.
    public var maxWait: Duration?
    /// As given in ADMITTED: the request was accepted before.
    public var ticket: Ticket?
    /// With a ticket: the attempt of the last STARTED that the client was told, 0 for none, and how
    /// many chunks of it came.
    public var attempt = 0
    public var chunks: UInt64 = 0
    /// Whether it outlives the connection.
    public var detached = false
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

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        function = try body.name("function", &strings)
        wantsStatus = body.header.flags.contains(.wantsStatus)
        var contentType: String?
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .contentType: contentType = try attributes.contentType(&strings)
            case .queueTimeout: queueTimeout = try attributes.duration()
            case .execTimeout: execTimeout = try attributes.duration()
            case .deadline: deadline = try attributes.duration()
            case .maxWait: maxWait = try attributes.duration()
            case .ticket: ticket = try attributes.ticket()
            case .detached: detached = try attributes.truth()
            case .caller: caller = try attributes.name(&strings)
            case .attempt: attempt = Int(try attributes.integer(as: UInt32.self))
            case .chunks: chunks = try attributes.integer()
            default: try attributes.refuse(tag)
            }
        }
        payload = try body.payload(contentType)
    }

    func encode(_ number: RequestNumber, into out: inout OutputBuffer) {
        let flags = payload.flags.union(wantsStatus ? .wantsStatus : [])
        out.frame(.submit, id: number.rawValue, flags: flags) { out in
            out.put(name: function)
            out.putAttributes { out in
                out.put(.contentType, contentType: payload.contentType)
                out.put(.queueTimeout, queueTimeout)
                out.put(.execTimeout, execTimeout)
                out.put(.deadline, deadline)
                out.put(.maxWait, maxWait)
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
