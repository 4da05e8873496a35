import ArgumentParser
import Foundation
import SluiceBench

/// `sluice-bench worker`: what `run` starts beside a broker; of use, too, where a daemon runs.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Be a worker that sends back what it gets.",
        discussion: """
            It serves the function echo, or echo0, echo1 and so on, prints "ready" when the broker \
            knows them, and goes when the broker does.
            """)

    @Option(help: "Which protocol it speaks.")
    var broker = BrokerKind.sluice

    @Option(help: ArgumentHelp("The socket, or a port of this machine.", valueName: "SOCKET"))
    var path = "/run/sluice/worker.sock"

    @Option(help: "Connections, among which the functions are divided.")
    var connections = 1

    @Option(help: "How many functions there are.")
    var functions = 1

    @Option(help: "Requests in one batch.")
    var batch = 1

    @Option(help: "Batches at once, on each connection.")
    var slots = 1

    @Option(help: "How answers to payloads in memfds travel.")
    var passing = Passing.inline

    @Flag(help: "Send memfds back without looking into them.")
    var unread = false

    func validate() throws {
        guard connections > 0, functions > 0, batch > 0, slots > 0 else {
            throw ValidationError("Counts have to be more than none.")
        }
    }

    func run() throws {
        Machine.raiseDescriptorLimit()
        var job = EchoJob(path: path)
        job.connections = connections
        job.functions = functions
        job.batch = batch
        job.slots = slots
        job.passing = passing
        job.isReading = !unread
        let ready = { FileHandle.standardOutput.write(Data("ready\n".utf8)) }
        try EchoWorker.serve(broker, job, ready: ready)
    }
}

extension BrokerKind: ExpressibleByArgument {}
extension Passing: ExpressibleByArgument {}
