import SluiceSystem

/// The three listening sockets: the manager's where it passed them, else our own in the runtime
/// directory.
///
/// Who may open a socket says its group and mode: clients `sluice`, workers `sluice-worker`. The
/// control socket is open to all, because two groups use it; who may do what there is decided for
/// each call by the peer's credentials.
struct Listeners: ~Copyable {
    enum Socket: Int, CaseIterable {
        case client = 0
        case worker, control

        /// The name in the unit's `FileDescriptorName=` and, with `.sock`, of the file.
        var name: String {
            switch self {
            case .client: "client"
            case .worker: "worker"
            case .control: "control"
            }
        }

        fileprivate var group: String? {
            switch self {
            case .client: "sluice"
            case .worker: "sluice-worker"
            case .control: nil
            }
        }
    }

    private let client: UnixListener
    private let worker: UnixListener
    private let control: UnixListener

    init(in directory: String) throws(SocketError) {
        var passed = try Self.passed()
        let client = try Self.listen(.client, &passed, directory)
        let worker = try Self.listen(.worker, &passed, directory)
        let control = try Self.listen(.control, &passed, directory)
        self.client = client
        self.worker = worker
        self.control = control
    }

    private static func passed() throws(SocketError) -> ListenDescriptors {
        do { return try ListenDescriptors() } catch { throw .system(error) }
    }

    func watch(_ loop: borrowing Loop) throws(SystemError) {
        try loop.add(client.number, token: Token.listener(.client).loopToken, interest: .read)
        try loop.add(worker.number, token: Token.listener(.worker).loopToken, interest: .read)
        try loop.add(control.number, token: Token.listener(.control).loopToken, interest: .read)
    }

    /// Stops or begins again to watch all of them: while descriptors are short a waiting
    /// connection would wake the loop for ever.
    func setInterest(_ interest: Loop.Interest, _ loop: borrowing Loop) throws(SystemError) {
        for (number, socket) in [
            (client.number, Socket.client), (worker.number, .worker), (control.number, .control),
        ] {
            try loop.modify(number, token: Token.listener(socket).loopToken, interest: interest)
        }
    }

    /// The next waiting connection of one socket.
    func accept(_ socket: Socket) throws(SystemError) -> Descriptor? {
        switch socket {
        case .client: try client.accept()
        case .worker: try worker.accept()
        case .control: try control.accept()
        }
    }

    private static func listen(
        _ socket: Socket, _ passed: inout ListenDescriptors, _ directory: String
    ) throws(SocketError) -> UnixListener {
        if let descriptor = passed.take(socket.name) {
            return try UnixListener(adopting: descriptor)
        }
        let path = "\(directory)/\(socket.name).sock"
        guard let name = socket.group else { return try UnixListener(path: path, mode: 0o666) }
        let group: UInt32?
        do {
            group = try Accounts.group(named: name)
        } catch {
            throw .system(error)
        }
        guard let group else { return try UnixListener(path: path, mode: 0o600) }
        do {
            return try UnixListener(path: path, mode: 0o660, group: group)
        } catch .system(let error) where error.call == "chown" {
            // Not ours to give away, as when a developer runs it by hand: then it is for us alone.
            return try UnixListener(path: path, mode: 0o600)
        }
    }
}
