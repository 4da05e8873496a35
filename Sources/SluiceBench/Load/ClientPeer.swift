import SluiceSystem

/// One connection of the generator, or two where the wire needs one to wait for answers.
final class ClientPeer<Wire: ClientWire & ~Copyable> {
    var channel: Channel
    /// The one that waits for answers, if that is another.
    private let answers: AnswerChannel?
    var wire = Wire()
    var pongs = 0

    init(connectingTo path: String, number: Int, in loop: borrowing Loop) throws(BenchError) {
        channel = try Channel(
            connectingTo: path, token: Self.token(of: number, .requests), in: loop)
        if Wire.sides.contains(.answers) {
            let token = Self.token(of: number, .answers)
            let other = AnswerChannel(try Channel(connectingTo: path, token: token, in: loop))
            try wire.open(into: &other.channel.outbox, on: .answers)
            answers = other
        } else {
            answers = nil
        }
        try wire.open(into: &channel.outbox, on: .requests)
        try flush(loop)
    }

    private static func token(of number: Int, _ side: Side) -> Loop.Token {
        Loop.Token(rawValue: UInt64(number) << 1 | side.rawValue)
    }

    /// Whose token it is, and of which of its sockets.
    static func place(of token: Loop.Token) -> (number: Int, side: Side) {
        (Int(token.rawValue >> 1), token.rawValue & 1 == 0 ? .requests : .answers)
    }

    /// Takes in what came; false when nothing did.
    func receive(on side: Side) throws(BenchError) -> Bool {
        let received =
            switch side {
            case .requests: wire.receive(from: channel.socket, on: side)
            case .answers:
                answers.map { wire.receive(from: $0.channel.socket, on: side) } ?? .wouldBlock
            }
        return try received.isSomething(from: "the broker")
    }

    func reply(on side: Side) {
        switch side {
        case .requests: wire.reply(into: &channel.outbox, on: side)
        case .answers:
            guard let answers else { return }
            wire.reply(into: &answers.channel.outbox, on: side)
        }
    }

    func flush(_ loop: borrowing Loop) throws(BenchError) {
        if !channel.outbox.isEmpty || channel.awaitsRoom { try channel.flush(loop) }
        guard let answers, !answers.channel.outbox.isEmpty || answers.channel.awaitsRoom else {
            return
        }
        try answers.channel.flush(loop)
    }
}

/// In a box, because most peers have none.
private final class AnswerChannel {
    var channel: Channel
    init(_ channel: consuming Channel) { self.channel = channel }
}
