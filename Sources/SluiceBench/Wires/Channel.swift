import SluiceSystem

/// A connected socket that a loop watches, and what is to be sent on it.
struct Channel: ~Copyable {
    let socket: Descriptor
    var outbox = Outbox()
    private let token: Loop.Token
    /// Whether the loop tells when there is room to send.
    private(set) var awaitsRoom = false

    init(connectingTo path: String, token: Loop.Token, in loop: borrowing Loop) throws(BenchError) {
        socket = try Self.connected(to: path, token: token, in: loop)
        self.token = token
    }

    private static func connected(
        to path: String, token: Loop.Token, in loop: borrowing Loop
    ) throws(BenchError) -> Descriptor {
        do throws(SocketError) {
            // Connecting waits where the backlog is full, as with thousands at once.
            let socket = try connected(to: path)
            do throws(SystemError) {
                try socket.setNonblocking()
                try loop.add(socket.number, token: token, interest: .read)
            } catch {
                throw SocketError.system(error)
            }
            return socket
        } catch {
            throw .socket(error)
        }
    }

    /// A path begins with a slash; what does not is a port of this machine.
    static func connected(to path: String) throws(SocketError) -> Descriptor {
        guard let port = UInt16(path) else {
            return try UnixSocket.connect(to: path, blocking: true)
        }
        do { return try LoopbackSocket.connect(to: port) } catch { throw .system(error) }
    }

    /// Sends what the socket takes, and asks to be told when it takes more.
    mutating func flush(_ loop: borrowing Loop) throws(BenchError) {
        let isBlocked =
            switch try outbox.flush(to: socket) {
            case .all: false
            case .blocked: true
            // What the peer said before it went is worth more than that it went.
            case .closed: false
            }
        guard isBlocked != awaitsRoom else { return }
        awaitsRoom = isBlocked
        do {
            try loop.modify(
                socket.number, token: token, interest: isBlocked ? [.read, .write] : .read)
        } catch {
            throw .system(error)
        }
    }
}

extension Received {
    /// Bytes that came.
    var count: Int {
        switch self {
        case .bytes(let count): count
        case .wouldBlock, .closed, .descriptorsLost, .failed: 0
        }
    }

    /// Whether something came; what makes the connection useless is thrown.
    func isSomething(from peer: String) throws(BenchError) -> Bool {
        switch self {
        case .bytes: return true
        case .wouldBlock: return false
        case .closed: throw .closed(by: peer)
        case .descriptorsLost: throw .malformed("descriptors were lost")
        case .failed(let code): throw .system(SystemError("recvmsg", code: code))
        }
    }
}
