/// Stands in for the service manager: owns the socket that `$NOTIFY_SOCKET` names.
struct FakeManager: ~Copyable {
    let path: String
    private let socket: DatagramSocket

    init(_ path: String) throws {
        self.path = path
        socket = try DatagramSocket(path)
    }

    /// The assignments of the next message.
    func next() throws -> [String] {
        String(decoding: try socket.next(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Whether there is a message, or one comes in this time.
    func hasWord(within time: Duration) throws -> Bool { try socket.hasMessage(within: time) }
}
