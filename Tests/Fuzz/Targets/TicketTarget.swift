import SluiceModel
import SluiceWire

@testable import SluiceDaemon

extension FuzzTarget {
    /// The bytes of a ticket. What is recognised is what the daemon issues for that place, to the
    /// byte, so a client cannot invent a place.
    static let tickets = FuzzTarget(name: "tickets") { input throws(Finding) in
        guard let ticket = input.withUnsafeBytes({ Ticket($0) }) else {
            return try require(input.count > Limits.ticket, "a short ticket is refused")
        }
        let key = TicketKey(Array(0..<16))
        let ours = Tickets(instance: UniqueID(high: 1, low: 2), key: key)
        guard let place = ours.place(of: ticket, from: 0) else { return }
        let issuer = Tickets(instance: place.instance, key: key)
        try require(issuer.issue(place.request, to: 0) == ticket, "an invented ticket: \(place)")
        let other = Tickets(instance: place.instance, key: TicketKey(Array(1..<17)))
        try require(other.place(of: ticket, from: 0) == nil, "another key knows it: \(place)")
    }
}
