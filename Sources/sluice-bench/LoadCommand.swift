import ArgumentParser
import Foundation
import SluiceBench

/// `sluice-bench load`: load for a daemon that runs already, as an operator would see it.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Submit to a daemon that runs, and say how it answered.",
        discussion: """
            In a closed loop, or with --rate in an open one: then latency counts from when a \
            request should have been sent, also where the daemon kept it from being sent. The \
            worker has to send back what it gets, as 'sluice-bench worker' does.
            """)

    @Option(
        help: ArgumentHelp(
            "Where the daemon's sockets are.",
            discussion: "Default: $SLUICE_RUNTIME_DIRECTORY or /run/sluice.", valueName: "DIR"))
    var runtimeDirectory: String?

    @Option(help: ArgumentHelp("The function to ask for.", valueName: "NAME"))
    var function = "echo"

    @Option(help: "Client connections.")
    var connections = 1

    @Option(help: "Requests that are out at once, over all connections.")
    var outstanding = 1

    @Option(help: ArgumentHelp("Requests a second, answered or not.", valueName: "N"))
    var rate: Double?

    @Option(help: ArgumentHelp("Bytes of a request.", valueName: "BYTES"))
    var payload = 128

    @Option(help: "How payloads travel: in the frame, or in sealed memory, fresh or used again.")
    var memfd: Memory?

    @Option(help: "Seconds that are measured.")
    var seconds = 5.0

    @Flag(help: "Ask for rank and ETA of every request.")
    var status = false

    @Flag(help: "Print JSON.")
    var json = false

    enum Memory: String, CaseIterable, ExpressibleByArgument { case fresh, reused }

    func validate() throws {
        guard connections > 0, outstanding > 0, payload >= 0, seconds > 0, rate ?? 1 > 0 else {
            throw ValidationError("Counts, rate and seconds have to be more than none.")
        }
        guard memfd == nil || payload > 0 else {
            throw ValidationError("There is no memory file of no bytes.")
        }
    }

    func run() throws {
        Machine.raiseDescriptorLimit()
        var load = Load()
        load.connections = connections
        load.outstanding = outstanding
        load.rate = rate
        load.payload = payload
        load.wantsStatus = status
        load.function = function
        load.passing =
            switch memfd {
            case nil: .inline
            case .fresh: .fresh
            case .reused: .reused
            }
        let directory =
            runtimeDirectory ?? ProcessInfo.processInfo.environment["SLUICE_RUNTIME_DIRECTORY"]
            ?? "/run/sluice"
        let sample = try loadDaemon(load, at: "\(directory)/client.sock", for: .seconds(seconds))
        guard json else { return print(summary(of: sample)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(sample.named), as: UTF8.self))
    }

    private func summary(of sample: Sample) -> String {
        var lines = ["requests/s  \(figure(sample[.rate]))"]
        for metric in [Metric.p50, .p99, .p999, .longest] {
            let name = metric.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)
            lines.append("\(name)  \(figure(sample[metric])) µs")
        }
        lines.append("generator   \(figure(sample[.generatorCPU])) µs CPU a request")
        lines.append("other CPUs  \(figure(sample[.otherCPUs], digits: 2)), sluiced among them")
        return lines.joined(separator: "\n")
    }
}
