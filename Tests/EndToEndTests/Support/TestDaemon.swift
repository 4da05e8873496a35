import Glibc
import SluiceClient
import SluiceSystem
import SluiceWire

/// A real sluiced on directories of its own.
final class TestDaemon {
    let scratch: Scratch
    private(set) var process: ChildProcess
    private let prefix: [String]
    private let environment: [String: String]
    private let limit: Duration

    /// - Parameters:
    ///   - configuration: what its file says.
    ///   - prefix: words before the program's, of another that runs it in the same process.
    ///   - limit: of its life. A test with tasks may be held up by all others, whose calls wait on
    ///     the threads that its tasks need.
    init(
        configuration: String = "", prefix: [String] = [], environment: [String: String] = [:],
        within limit: Duration = .seconds(50)
    ) throws {
        scratch = try Scratch()
        self.limit = limit
        self.prefix = prefix
        self.environment = environment
        try scratch.write("sluiced.toml", configuration)
        process = try Self.start(scratch, prefix, environment, limit)
        try awaitReadiness()
    }

    /// It ends before its directories do: what it wrote meanwhile would keep them.
    deinit { process.end() }

    /// For `runtimeDirectory:` and `--runtime-directory`.
    var directory: String { scratch.file("run") }
    var journal: Output { process.errors }

    private static func start(
        _ scratch: Scratch, _ prefix: [String], _ environment: [String: String],
        _ limit: Duration
    ) throws -> ChildProcess {
        try ChildProcess(prefix + words(for: scratch), environment: environment, within: limit)
    }

    /// The command line of a daemon there.
    static func words(for scratch: Scratch) -> [String] {
        [
            Places.built("sluiced"), "--config", scratch.file("sluiced.toml"),
            "--runtime-directory", scratch.file("run"), "--state-directory",
            scratch.file("state"),
        ]
    }

    private func awaitReadiness() throws { _ = try journal.line(containing: "listens in") }

    // MARK: Its life

    func stop(_ signal: Int32 = SIGTERM) throws -> Child.End {
        process.send(signal)
        return try process.waitForEnd()
    }

    /// Starts it anew, on the same directories.
    func startAgain() throws {
        process = try Self.start(scratch, prefix, environment, limit)
        try awaitReadiness()
    }

    // MARK: Its peers

    /// - Parameter absence: patience with a daemon that went; else whoever waits is to hear of it.
    func client(absence: Patience = Patience(limit: .zero)) throws -> DataConnection {
        try DataConnection(runtimeDirectory: directory, absence: absence)
    }
    func worker(
        _ name: String = "test", absence: Patience = Patience(limit: .zero)
    ) throws -> WorkerConnection {
        try WorkerConnection(runtimeDirectory: directory, name: name, absence: absence)
    }
    func control() throws -> ControlConnection {
        try ControlConnection(runtimeDirectory: directory)
    }
    func raw(_ socket: DaemonSocket) throws -> RawPeer { try RawPeer(socket.path(in: directory)) }

    func ctl(_ words: String...) throws -> Said { try ctl(words) }
    func ctl(_ words: [String]) throws -> Said { try Said(by: startCtl(words)) }
    func startCtl(_ words: [String]) throws -> ChildProcess {
        try ChildProcess(
            [Places.built("sluicectl")] + words,
            environment: ["SLUICE_RUNTIME_DIRECTORY": directory])
    }

    func python(_ name: String, _ arguments: String...) throws -> ChildProcess {
        try startPython(name, arguments, in: directory)
    }
}

/// Starts a Python program of the tests, with the package at hand.
func startPython(
    _ name: String, _ arguments: [String], in directory: String
) throws -> ChildProcess {
    try ChildProcess(
        ["python3", Places.peer(name)] + arguments,
        environment: [
            "SLUICE_RUNTIME_DIRECTORY": directory, "PYTHONPATH": Places.python,
            "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
        ])
}

/// The inputs of a Python function.
func arguments(_ inputs: String...) -> Content {
    .json("[" + inputs.map { "\"\($0)\"" }.joined(separator: ", ") + "]")
}

/// What a finished process said.
struct Said {
    let output: String
    let errors: String
    let end: Child.End

    init(by process: ChildProcess) throws {
        output = try process.output.all()
        errors = try process.errors.all()
        end = try process.waitForEnd()
    }
}
