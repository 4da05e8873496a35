import Glibc
import Testing

@testable import SluiceSystem

@Suite struct UnixListenerTests {
    @Test("A client that connects is accepted, and bytes go both ways")
    func accepts() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        let listener = try UnixListener(path: path, mode: 0o660)
        try #expect(!hasCaller(listener))
        let client = try UnixSocket.connect(to: path, blocking: false)
        let server = try require(listener.accept())
        #expect(server.receiveText() == nil)
        #expect(client.send("hello") == .bytes(5))
        #expect(server.receiveText() == "hello")
        #expect(server.send("you") == .bytes(3))
        #expect(client.receiveText() == "you")
    }

    @Test("A socket that waits is a matter of choice")
    func connectsBlocking() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        let listener = try UnixListener(path: path, mode: 0o600)
        let client = try UnixSocket.connect(to: path, blocking: true)
        let flags = fcntl(client.number, F_GETFL)
        #expect(flags & O_NONBLOCK == 0)
        _ = listener.number
    }

    @Test("The socket has the mode it was given, whatever the umask, and goes with its owner")
    func setsMode() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        do {
            let listener = try UnixListener(path: path, mode: 0o666, group: getgid())
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o666)
            _ = listener.number
        }
        #expect(directory.names == ["a.sock.lock"])
    }

    @Test("Of two daemons the second is told that the path is taken, and the first goes on")
    func refusesLivePath() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        let listener = try UnixListener(path: path, mode: 0o600)
        #expect(refusal(of: path) == .inUse(path))
        #expect(SocketError.inUse(path).description.contains(path))
        let client = try UnixSocket.connect(to: path, blocking: false)
        try #expect(hasCaller(listener))
        _ = client.number
    }

    @Test("A listener that knows nothing of the lock is left alone too")
    func refusesForeignListener() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        let foreign = try UnixSocket.create(blocking: false)
        try #require(UnixAddress(path).bind(foreign) == 0)
        try #require(listen(foreign.number, 1) == 0)
        #expect(refusal(of: path) == .inUse(path))
        #expect(directory.names.contains("a.sock"))
    }

    @Test("A socket that a killed daemon left is replaced")
    func replacesStaleSocket() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        do {
            let dead = try UnixSocket.create(blocking: false)
            try #require(UnixAddress(path).bind(dead) == 0)
            try #require(listen(dead.number, 1) == 0)
        }
        let listener = try UnixListener(path: path, mode: 0o600)
        _ = try UnixSocket.connect(to: path, blocking: false)
        try #expect(hasCaller(listener))
    }

    @Test("What is not a socket is not removed")
    func keepsFiles() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        try AtomicFile.write(path, [1])
        #expect(refusal(of: path) == .notASocket(path))
        try #expect(AtomicFile.read(path, limit: 1) == [1])
    }

    @Test("What was put in our place is not removed when we go")
    func keepsSuccessor() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        do {
            let listener = try UnixListener(path: path, mode: 0o600)
            unlink(path)
            try AtomicFile.write(path, [1])
            _ = listener.number
        }
        #expect(directory.names == ["a.sock", "a.sock.lock"])
    }

    @Test(
        "A path that no address can hold is refused before anything is touched",
        arguments: ["", "/tmp/a\0b", "/tmp/" + String(repeating: "x", count: 103)])
    func checksPath(_ path: String) {
        #expect(refusal(of: path) == .unusablePath(path))
        #expect(throws: SocketError.unusablePath(path)) {
            _ = try UnixSocket.connect(to: path, blocking: false)
        }
    }

    @Test("The longest path that fits works")
    func usesLongestPath() throws {
        let directory = try TestDirectory()
        let room = UnixAddress.longestPath - directory.path.utf8.count - 1
        let path = directory.file(String(repeating: "x", count: room))
        let listener = try UnixListener(path: path, mode: 0o600)
        _ = try UnixSocket.connect(to: path, blocking: false)
        try #expect(hasCaller(listener))
    }

    @Test("Where nobody listens, connecting says so")
    func refusesToConnect() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        #expect(throws: SocketError.system(SystemError("connect", path, code: ENOENT))) {
            _ = try UnixSocket.connect(to: path, blocking: false)
        }
    }

    @Test("The manager's socket is taken over, made non-blocking, and its path left behind")
    func adopts() throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        do {
            let passed = try UnixSocket.create(blocking: true)
            try #require(UnixAddress(path).bind(passed) == 0)
            try #require(listen(passed.number, 1) == 0)
            let listener = try UnixListener(adopting: passed)
            try #expect(!hasCaller(listener))
        }
        #expect(directory.names == ["a.sock"])
    }

    @Test("What does not listen is not taken for a listener")
    func refusesToAdopt() throws {
        #expect(throws: SocketError.notAListener) {
            _ = try UnixListener(adopting: UnixSocket.create(blocking: false))
        }
    }

    private func hasCaller(_ listener: borrowing UnixListener) throws -> Bool {
        switch try listener.accept() {
        case .some: true
        case .none: false
        }
    }

    private func refusal(of path: String) -> SocketError? {
        do {
            _ = try UnixListener(path: path, mode: 0o600)
            return nil
        } catch {
            return error
        }
    }
}
