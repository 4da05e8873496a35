import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon

/// What a worker may say before its clients are back; see `Intake+Reclaim`.
@Suite("What is kept for clients that are not back is bounded by not reading on")
struct EarlyWordsTests {
    /// An edge with one worker, shortly after a restart.
    private final class Desk {
        var edge = Edge(
            tickets: Tickets(
                instance: UniqueID(high: 3, low: 4), key: TicketKey(Array(0..<16))),
            limits: DaemonConfiguration(), longestBody: Limits.incomingBody)
        let loop: Loop
        let peer: LinkPeer
        private var ready: [Loop.Readiness] = []
        private let grant = GrantID(rawValue: 9)
        private var chunks: UInt64 = 0
        private let payload = [UInt8](repeating: 7, count: 32 << 10)

        init() throws {
            var ends: [CInt] = [0, 0]
            // SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
            guard socketpair(AF_UNIX, 1 | O_CLOEXEC | O_NONBLOCK, 0, &ends) == 0 else {
                throw SystemError("socketpair")
            }
            loop = try Loop()
            peer = LinkPeer(Descriptor(adopting: ends[1]))
            edge.intake.isGathering = true
            try edge.accept(Descriptor(adopting: ends[0]), .worker, loop: loop, at: Loop.now())
            try peer.send { out in
                Hello(session: UniqueID(high: 1, low: 2)).encode(into: &out)
                let declaration = FunctionDeclaration(Declaration(function: "work"))
                WorkerMessage.declare(declaration).encode(into: &out)
            }
            try turn()
        }

        func hold() throws {
            let item = Holding.Item(request: RequestID(rawValue: 5), attempt: 1)
            let holding = Holding(
                instance: UniqueID(high: 1, low: 1), function: "work", items: [item])
            try peer.send { [grant] out in
                WorkerMessage.holding(grant, holding).encode(into: &out)
            }
            try turn()
        }

        /// Says 32 KiB of its answer, which the socket has room for.
        func say() throws {
            try payload.withUnsafeBytes { [grant, chunks] bytes in
                let chunk = Chunk(sequence: chunks, payload: Payload(nil, .inline(bytes)))
                try peer.send { out in
                    WorkerMessage.chunk(grant, item: 0, chunk).encode(into: &out)
                }
            }
            chunks += 1
        }

        /// - Returns: whether anything of the worker was read.
        @discardableResult
        func turn() throws -> Bool {
            let now = Loop.now()
            try loop.wait(until: .distantPast, into: &ready)
            edge.intake.events.removeAll()
            for readiness in ready {
                guard case .worker(let serial)? = Token(readiness.token),
                    let connection = edge.connections.find(.worker, serial)
                else { continue }
                edge.serve(connection, readiness)
            }
            defer { edge.intake.events.removeAll() }
            try edge.flush(loop: loop, at: now)
            return !edge.intake.events.isEmpty
        }
    }

    private let bound = 16 << 20

    /// Says just more than is kept of who is not back: frames are a little longer than payloads.
    private func sayMuch(_ desk: Desk) throws {
        for _ in 0..<(bound / (32 << 10)) {
            try desk.say()
            #expect(try desk.turn(), "it was not read")
        }
    }

    @Test("Beyond 16 MiB a worker that came back is read again when the time is over")
    func heldBack() throws {
        let desk = try Desk()
        try desk.hold()
        try sayMuch(desk)
        try desk.say()
        #expect(try !desk.turn())
        desk.edge.endGathering()
        // The turn that ends it asks for what comes; the next one reads.
        try desk.turn()
        #expect(try desk.turn())
        try sayMuch(desk)
    }

    @Test("Who did not have anything from before is not held back, nor anybody later")
    func notHeldBack() throws {
        let fresh = try Desk()
        try sayMuch(fresh)
        try sayMuch(fresh)

        let late = try Desk()
        late.edge.endGathering()
        try late.hold()
        try sayMuch(late)
        try sayMuch(late)
    }
}
