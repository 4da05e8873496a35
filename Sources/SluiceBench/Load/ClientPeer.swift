import SluiceSystem

/// One connection of the generator.
final class ClientPeer<Wire: ClientWire & ~Copyable> {
    var channel: Channel
    var wire = Wire()
    var pongs = 0

    init(connectingTo path: String, token: Loop.Token, in loop: borrowing Loop) throws(BenchError) {
        channel = try Channel(connectingTo: path, token: token, in: loop)
        try wire.open(into: &channel.outbox)
        try channel.flush(loop)
    }

    /// Takes in what came; false when nothing did.
    func receive() throws(BenchError) -> Bool {
        try wire.receive(from: channel.socket).isSomething(from: "the broker")
    }
}
