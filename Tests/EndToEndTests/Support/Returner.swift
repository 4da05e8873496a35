import SluiceClient
import SluiceModel
import SluiceSystem
import SluiceWire

/// A client that comes back after a restart, said word for word.
final class ReturningClient {
    private let peer: RawPeer
    private let function: String

    init(_ daemon: TestDaemon, _ function: String) throws {
        peer = try daemon.raw(.client)
        self.function = function
        try peer.open()
    }

    /// Asks; with what it has of an earlier admission, for the same as before.
    func submit(
        _ number: UInt64, claiming old: Admission? = nil, attempt: Int = 0, chunks: UInt64 = 0
    ) throws {
        try peer.send { out in
            var submit = Submit(function: function, payload: .empty)
            submit.ticket = old?.ticket
            submit.attempt = attempt
            submit.chunks = chunks
            ClientRequest.submit(RequestNumber(rawValue: number), submit).encode(into: &out)
        }
    }

    struct Admission {
        var number: UInt64
        var request: UInt64
        var ticket: Ticket?
    }

    func admission() throws -> Admission {
        let message = try next(.admitted)
        let size = Int(message.number(at: 8, bytes: 2))
        let ticket = Array(message.body[10..<(10 + size)]).withUnsafeBytes { Ticket($0) }
        return Admission(
            number: message.id, request: message.number(at: 0, bytes: 8), ticket: ticket)
    }

    /// Submits and hears that it is in.
    func ask(_ number: UInt64, claiming old: Admission? = nil, attempt: Int = 0) throws -> Admission
    {
        try submit(number, claiming: old, attempt: attempt)
        return try admission()
    }

    /// What is said of its requests up to an outcome: "2 started 1", "2 chunk 0", "2 ok 1".
    func story() throws -> [String] {
        var story: [String] = []
        while let message = try peer.next() {
            switch message.kind {
            case .started:
                story.append("\(message.id) started \(message.number(at: 0, bytes: 4))")
            case .chunk: story.append("\(message.id) chunk \(message.number(at: 0, bytes: 8))")
            case .outcome:
                let size = Int(message.number(at: 4, bytes: 2))
                let code = String(decoding: message.body[6..<(6 + size)], as: UTF8.self)
                story.append("\(message.id) \(code) \(message.number(at: 2, bytes: 2))")
                return story
            default: continue
            }
        }
        throw Surprise("the daemon closed")
    }

    func next(_ kind: Kind) throws -> RawPeer.Message {
        while let message = try peer.next() {
            if message.kind == kind { return message }
        }
        throw Surprise("the daemon closed before \(kind)")
    }
}

/// A worker that comes back after a restart with what it has in hand.
final class ReturningWorker {
    private let peer: RawPeer
    private var passed: [RawPeer.Message] = []
    private let function: String

    init(_ daemon: TestDaemon, _ function: String) throws {
        peer = try daemon.raw(.worker)
        self.function = function
        try peer.open()
        say(.declare(FunctionDeclaration(Declaration(function: function))))
        _ = try next(.declared)
    }

    /// A grant of one request.
    struct Grant: Hashable {
        var id: GrantID
        var request: UInt64
        var attempt: Int
    }

    func say(_ message: WorkerMessage) {
        do {
            try peer.send { out in message.encode(into: &out) }
        } catch {
            // Whoever reads next sees it.
            print(error)
        }
    }

    func ready() { say(.ready(slots: 1)) }

    func grant() throws -> Grant {
        let item = try next(.item)
        return Grant(
            id: GrantID(rawValue: item.id), request: item.number(at: 8, bytes: 8),
            attempt: Int(item.number(at: 4, bytes: 4)))
    }

    func start(_ grant: Grant) { say(.started(grant.id, item: nil)) }
    func answer(_ grant: Grant) { say(.result(grant.id, item: 0, .empty)) }

    func chunk(_ grant: Grant, _ sequence: UInt64, bytes: Int = 0) {
        [UInt8](repeating: 7, count: bytes).withUnsafeBytes { bytes in
            let payload = Payload(nil, .inline(bytes))
            say(.chunk(grant.id, item: 0, Chunk(sequence: sequence, payload: payload)))
        }
    }

    func hold(_ grant: Grant, of instance: UniqueID) {
        let item = Holding.Item(
            request: RequestID(rawValue: grant.request), attempt: grant.attempt)
        say(.holding(grant.id, Holding(instance: instance, function: function, items: [item])))
    }

    /// Waits for that order about a grant.
    func await(_ kind: Kind, of grant: Grant) throws {
        while try next(kind).id != grant.id.rawValue {}
    }

    /// The next of that kind; what else comes is kept for whoever asks for it.
    private func next(_ kind: Kind) throws -> RawPeer.Message {
        if let index = passed.firstIndex(where: { $0.kind == kind }) {
            return passed.remove(at: index)
        }
        while let message = try peer.next() {
            if message.kind == kind { return message }
            passed.append(message)
        }
        throw Surprise("the daemon closed before \(kind)")
    }
}

extension RawPeer.Message {
    fileprivate func number(at offset: Int, bytes: Int) -> UInt64 {
        body[offset..<(offset + bytes)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
