import SluiceModel

/// A client asks to hear of a detached request, from where it heard of it last.
public struct Fetch: Equatable, Sendable {
    public var request: RequestID
    /// Of the last STARTED that the client was told, 0 for none, and how many chunks of it came.
    public var attempt = 0
    public var chunks: UInt64 = 0
    /// One that its ADMITTED gave, to prove that the number was not guessed; nil: no proof.
    public var ticket: Ticket?

    public init(_ request: RequestID) { self.request = request }

    init(_ body: inout BodyReader) throws(WireError) {
        request = RequestID(rawValue: try body.integer("request"))
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .ticket: ticket = Ticket(checked: try attributes.ticketBytes())
            case .attempt: attempt = Int(try attributes.integer(as: UInt32.self))
            case .chunks: chunks = try attributes.integer()
            default: try attributes.refuse(tag)
            }
        }
    }

    func encode(_ number: RequestNumber, into out: inout OutputBuffer) {
        out.frame(.fetch, id: number.rawValue) { out in
            out.put(request.rawValue)
            out.putAttributes { out in
                out.put(.ticket, ticket)
                out.put(.attempt, number: attempt > 0 ? attempt : nil)
                out.put(.chunks, chunks > 0 ? chunks : nil)
            }
        }
    }
}
