import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite struct TicketsTests {
    private static let instance = UniqueID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
    private let tickets = Tickets(instance: instance, key: TicketKey(Array(0..<16)))
    private let request = RequestID(rawValue: 0x2122_2324_2526_2728)

    private func ticket(_ bytes: [UInt8]) throws -> Ticket {
        try #require(bytes.withUnsafeBytes { Ticket($0) })
    }

    @Test("A ticket of ours tells which start admitted which request")
    func recognises() {
        #expect(
            tickets.place(of: tickets.issue(request, to: 1000), from: 1000)
                == Tickets.Place(instance: Self.instance, request: request))
    }

    /// The tag was computed by an implementation of SipHash of its own, which gives the published
    /// vectors.
    @Test("The bytes of version 2 are what they were, so that the next version knows them")
    func layout() {
        let claim: [UInt8] = [
            0x02, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x18, 0x17, 0x16, 0x15, 0x14,
            0x13, 0x12, 0x11, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
        ]
        let tag: [UInt8] = [
            0xe6, 0xa2, 0x61, 0xed, 0xd5, 0x8d, 0xea, 0x74, 0xe9, 0x56, 0x04, 0x88, 0x24, 0xef,
            0x75, 0xc3,
        ]
        #expect(tickets.issue(request, to: 1000).bytes == claim + tag)
    }

    @Test("The next start has another instance and the same key: it knows the tickets of this one")
    func nextStart() {
        let next = Tickets(
            instance: UniqueID(high: 9, low: 9), key: TicketKey(Array(0..<16)))
        #expect(
            next.place(of: tickets.issue(request, to: 1000), from: 1000)?.instance == Self.instance)
        #expect(next.place(of: tickets.issue(request, to: 1000), from: 1000)?.request == request)
    }

    @Test("A ticket that another user brings is nobody's")
    func otherUser() {
        #expect(tickets.place(of: tickets.issue(request, to: 1000), from: 1001) == nil)
    }

    @Test("A ticket of another key is nobody's")
    func otherKey() {
        let others = Tickets(instance: Self.instance, key: TicketKey(Array(1..<17)))
        #expect(tickets.place(of: others.issue(request, to: 1000), from: 1000) == nil)
    }

    @Test("One that was altered in any bit is not recognised")
    func altered() throws {
        let bytes = tickets.issue(request, to: 1000).bytes
        for bit in 0..<(bytes.count * 8) {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(tickets.place(of: try ticket(other), from: 1000) == nil, "bit \(bit)")
        }
    }

    @Test("Nor one that is shorter or longer, by any number of bytes")
    func resized() throws {
        let bytes = tickets.issue(request, to: 1000).bytes
        for count in 0...Limits.ticket where count != bytes.count {
            let other = Array((bytes + [UInt8](repeating: 0, count: Limits.ticket)).prefix(count))
            #expect(tickets.place(of: try ticket(other), from: 1000) == nil, "\(count) bytes")
        }
    }

    @Test("Every number of a request comes back, and no two have one ticket")
    func numbers() {
        var seen: Set<[UInt8]> = []
        for number in [0, 1, 255, 256, UInt64.max] {
            let ticket = tickets.issue(RequestID(rawValue: number), to: 1000)
            #expect(tickets.place(of: ticket, from: 1000)?.request.rawValue == number)
            seen.insert(ticket.bytes)
        }
        #expect(seen.count == 5)
    }
}

extension Ticket {
    fileprivate var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}
