import Glibc
import SluiceSystem

/// A process that we started, and that does not outlive us: it is killed with this value, and by
/// the kernel when we die without a word.
public final class Child {
    public let id: pid_t
    /// What it prints.
    private let output: Descriptor
    private let program: String
    private var hasEnded = false

    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - errors: the file that what it complains of goes to; nil: where ours goes.
    public init(_ words: [String], errors: String? = nil) throws(BenchError) {
        program = words.first.map { String($0.split(separator: "/").last ?? "") } ?? ""
        var ends: [CInt] = [0, 0]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw .system(SystemError("socketpair"))
        }
        output = Descriptor(adopting: ends[0])
        let far = Descriptor(adopting: ends[1])
        // setpriv is part of every Debian; it becomes the program.
        let command = ["setpriv", "--pdeathsig", "KILL", "--"] + words
        id = try spawn(command, output: far.number, errors: errors)
    }

    deinit { end() }

    /// Waits for a line that it prints.
    @discardableResult
    public func awaitLine(within seconds: Int) throws(BenchError) -> String {
        var poll = pollfd(fd: output.number, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, CInt(seconds * 1000)) > 0 else {
            throw .child(program: program, trouble: "was not ready after \(seconds) s")
        }
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            var byte: UInt8 = 0
            guard read(output.number, &byte, 1) == 1 else {
                throw .child(program: program, trouble: "ended before it was ready")
            }
            line.append(byte)
        }
        return String(decoding: line.dropLast(), as: UTF8.self)
    }

    /// Until it is known to have ended its id is its own, and a signal cannot go astray.
    public func send(_ signal: CInt) {
        guard !hasEnded else { return }
        kill(id, signal)
    }

    var isRunning: Bool {
        if !hasEnded, waitpid(id, nil, WNOHANG) != 0 { hasEnded = true }
        return !hasEnded
    }

    /// Waits for it to end by itself.
    func wait() {
        guard !hasEnded else { return }
        while waitpid(id, nil, 0) < 0, errno == EINTR {}
        hasEnded = true
    }

    public func end() {
        send(SIGKILL)
        wait()
    }
}

/// Starts a program with nothing to read and what it prints sent to a descriptor.
private func spawn(
    _ words: [String], output: CInt, errors: String?
) throws(BenchError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    if let errors {
        posix_spawn_file_actions_addopen(
            &actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let pointers = words.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    var id: pid_t = 0
    let code = posix_spawnp(
        &id, words.first ?? "", &actions, &attributes, pointers + [nil], environ)
    guard code == 0 else { throw .system(SystemError("posix_spawn", words.first, code: code)) }
    return id
}
