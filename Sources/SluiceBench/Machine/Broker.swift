import Glibc
import SluiceModel
import SluiceSystem

/// Who is measured.
public enum BrokerKind: String, CaseIterable, Sendable {
    case relay
    case sluice
}

/// A broker of our own, on sockets of its own, and its worker.
final class Broker {
    let kind: BrokerKind
    let directory: TemporaryDirectory
    let process: Child
    private let programs: Programs
    private var worker: Child?

    var gauge: ProcessGauge { ProcessGauge(process.id) }
    var workerGauge: ProcessGauge? { worker.map { ProcessGauge($0.id) } }

    var clientPath: String {
        switch kind {
        case .relay: directory.file("relay.sock")
        case .sluice: directory.file("run/client.sock")
        }
    }

    private var workerPath: String {
        switch kind {
        case .relay: clientPath
        case .sluice: directory.file("run/worker.sock")
        }
    }

    init(_ kind: BrokerKind, _ programs: Programs, for load: Load) throws(BenchError) {
        self.kind = kind
        self.programs = programs
        directory = try TemporaryDirectory()
        let log = directory.file("log")
        switch kind {
        case .relay:
            process = try Child([programs.relay, directory.file("relay.sock")], errors: log)
        case .sluice:
            try directory.write("sluiced.toml", Self.configuration(for: load))
            let words = [
                programs.sluiced, "--config", directory.file("sluiced.toml"),
                "--runtime-directory", directory.file("run"),
                "--state-directory", directory.file("state"),
            ]
            process = try Child(words, errors: log)
        }
        try awaitReadiness(log)
    }

    /// The processes end before their directory does.
    deinit {
        worker?.end()
        process.end()
    }

    /// The limits of production, but where a load is meant to go beyond them.
    private static func configuration(for load: Load) -> String {
        let most = max(load.payload, DaemonSettings().maxRequestBytes)
        return """
            [daemon]
            max_connections = 20000
            max_connections_per_user = 20000
            max_request_bytes = \(most)
            max_bytes = \(max(DaemonSettings().maxBytes, most * load.outstanding))

            """
    }

    private func awaitReadiness(_ log: String) throws(BenchError) {
        let limit = Loop.now() + .seconds(20)
        while !isReady(contents(of: log) ?? "") {
            let isOver = Loop.now() > limit
            guard !isOver, process.isRunning else {
                let said = contents(of: log) ?? ""
                let what = isOver ? "does not listen" : "ended"
                throw .child(program: kind.rawValue, trouble: "\(what); it said:\n\(said)")
            }
            usleep(2000)
        }
    }

    /// The daemon says so, and is spared a connection that would keep an empty one from being
    /// idle; the relay says nothing.
    private func isReady(_ said: String) -> Bool {
        switch kind {
        case .sluice: return said.contains("listens in")
        case .relay:
            do {
                _ = try UnixSocket.connect(to: clientPath, blocking: true)
                return true
            } catch {
                return false
            }
        }
    }

    /// Starts the worker and waits until the broker knows it.
    func startWorker(_ job: (String) -> EchoJob) throws(BenchError) {
        let job = job(workerPath)
        let child = try Child([
            programs.bench, "worker", "--broker", kind.rawValue, "--path", job.path,
            "--connections", "\(job.connections)", "--functions", "\(job.functions)", "--batch",
            "\(job.batch)", "--slots", "\(job.slots)", "--passing", job.passing.rawValue,
        ])
        try child.awaitLine(within: 30)
        worker = child
    }

    /// Keeps the worker from doing anything, and lets it go on.
    func holdWorker() { worker?.send(SIGSTOP) }
    func releaseWorker() { worker?.send(SIGCONT) }
}
