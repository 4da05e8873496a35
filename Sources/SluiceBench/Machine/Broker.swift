import Glibc
import SluiceModel
import SluiceSystem

/// A broker of our own, on sockets of its own, and its worker.
final class Broker {
    let kind: BrokerKind
    let directory: TemporaryDirectory
    let process: Child
    private let programs: Programs
    private var worker: Child?

    var gauge: ProcessGauge { ProcessGauge(process.id) }
    var workerGauge: ProcessGauge? { worker.map { ProcessGauge($0.id) } }

    /// Where clients connect, as `Channel` takes it.
    var clientPath: String { place(.client) ?? "" }

    init(_ kind: BrokerKind, _ programs: Programs, for load: Load) throws(BenchError) {
        self.kind = kind
        self.programs = programs
        directory = try TemporaryDirectory()
        let log = directory.file("log")
        let command = try Self.command(kind, programs, for: load, in: directory)
        process = try Child(command, errors: log)
        try awaitReadiness(log)
    }

    /// The processes end before their directory does.
    deinit {
        worker?.end()
        process.end()
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

    /// Starts the worker and waits until the broker knows it.
    func startWorker(_ job: (String) -> EchoJob) throws(BenchError) {
        let job = job(place(.worker) ?? "")
        let child = try Child(
            [
                programs.bench, "worker", "--broker", kind.rawValue, "--path", job.path,
                "--connections", "\(job.connections)", "--functions", "\(job.functions)", "--batch",
                "\(job.batch)", "--slots", "\(job.slots)", "--passing", job.passing.rawValue,
            ] + (job.isReading ? [] : ["--unread"]))
        try child.awaitLine(within: 30)
        worker = child
    }

    /// Keeps the worker from doing anything, and lets it go on.
    func holdWorker() { worker?.send(SIGSTOP) }
    func releaseWorker() { worker?.send(SIGCONT) }
}
