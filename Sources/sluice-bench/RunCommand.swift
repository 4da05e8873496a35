import ArgumentParser
import Foundation
import SluiceBench

/// `sluice-bench run`: settings in rounds, the relay and another broker next to each other.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start brokers and measure them, pair by pair.",
        discussion: "Settings:\n"
            + Setting.all.map { "  \($0.name): \($0.about)" }
            .joined(separator: "\n"))

    @Option(
        help: ArgumentHelp(
            "What to measure; may be said several times. S1, S4, S5, size, queues and sessions "
                + "stand for several.",
            valueName: "NAME"))
    var setting: [String] = ["all"]

    @Option(
        help: ArgumentHelp(
            "Brokers of others to measure, too: all, none, or of redis, nats and beanstalkd.",
            discussion: "One that is not installed is left out.", valueName: "LIST"))
    var peers = "all"

    @Option(help: "Times to measure each. The middle one counts.")
    var rounds = 3

    @Option(help: "Seconds that a loop is measured.")
    var seconds = 2.0

    @Option(
        help: ArgumentHelp(
            "Bytes of a request in S1 to S3, for another size.", valueName: "BYTES"))
    var payload: Int?

    @Option(
        help: ArgumentHelp("Requests that are out at once in S1 to S3.", valueName: "N"))
    var outstanding: Int?

    @Option(
        help: ArgumentHelp(
            "The processors for all that is started.",
            discussion: "Default: all; the first for S1 and size.", valueName: "LIST"))
    var cpus: String?

    @Flag(help: "Count system calls, too, with perf(1).")
    var syscalls = false

    @Flag(exclusivity: .exclusive, help: "What is printed.")
    var form = Form.text

    @Option(help: ArgumentHelp("Write it there instead.", valueName: "FILE"))
    var output: String?

    @Option(
        help: ArgumentHelp("The daemon, if not the one beside this program.", valueName: "PATH"))
    var sluiced: String?

    @Option(help: ArgumentHelp("The relay, if not the one beside this program.", valueName: "PATH"))
    var relay: String?

    enum Form: EnumerableFlag {
        case text, markdown, json

        static func help(for value: Form) -> ArgumentHelp? {
            switch value {
            case .text: "Tables."
            case .markdown: "Tables in Markdown."
            case .json: "Every sample, in JSON."
            }
        }
    }

    func validate() throws {
        guard rounds > 0, seconds > 0, payload ?? 1 > 0, outstanding ?? 1 > 0 else {
            throw ValidationError("Rounds, seconds, bytes and requests have to be more than none.")
        }
        for word in setting where Setting.named(word).isEmpty {
            let all = Setting.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no setting '\(word)', but: all, \(all).")
        }
        _ = try namedPeers()
    }

    /// The peers that `--peers` says, there or not.
    private func namedPeers() throws -> [BrokerKind] {
        switch peers {
        case "all": return BrokerKind.peers
        case "none": return []
        default: break
        }
        return try peers.split(separator: ",").map { word in
            guard let peer = BrokerKind.peers.first(where: { $0.rawValue == word }) else {
                let all = BrokerKind.peers.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("There is no peer '\(word)', but: all, none, \(all).")
            }
            return peer
        }
    }

    /// Those that were named, with what was said of them.
    private var settings: [Setting] {
        setting.flatMap(Setting.named).map { setting in
            guard case .loop = setting.kind, setting.load.payload == 128 else { return setting }
            var setting = setting
            setting.load.payload = payload ?? setting.load.payload
            setting.load.outstanding = outstanding ?? setting.load.outstanding
            return setting
        }
    }

    func run() throws {
        try TidyEnd.prepare()
        let programs = try Programs(sluiced: sluiced, relay: relay)
        let chosen = try namedPeers()
        for peer in chosen where !programs.has(peer) {
            complain("\(peer.rawValue) is not installed, and left out")
        }
        let installed = chosen.filter(programs.has)
        var report = BenchReport(machine: description(programs, installed))
        report.results = results(installed)
        var bench = Bench(programs)
        bench.span = .seconds(seconds)
        bench.countsSyscalls = syscalls
        bench.processors = cpus
        try measure(bench, &report)
        try write(form: form, of: report)
    }

    private func description(_ programs: Programs, _ peers: [BrokerKind]) -> [String] {
        let versions = ([.sluice] + peers).map { broker in
            "\(broker.rawValue) \(programs.version(of: broker) ?? "of an unknown version")"
        }
        return [
            Machine.description,
            "\(Machine.date), \(versions.joined(separator: ", "))",
            "\(rounds) rounds, loops of \(figure(seconds)) s",
        ]
    }

    private func results(_ peers: [BrokerKind]) -> [BenchReport.Result] {
        let limit = Machine.raiseDescriptorLimit()
        return settings.filter { setting in
            // A few for ourselves.
            guard setting.load.connections > limit - 100 else { return true }
            complain("\(setting.name) is left out: it needs more than \(limit) descriptors")
            return false
        }.flatMap { setting in
            ([.sluice] + peers.filter(setting.peers.contains)).map { .init(setting, $0) }
        }
    }

    /// Settings within rounds: a busy minute then falls on all of them alike.
    private func measure(_ bench: Bench, _ report: inout BenchReport) throws {
        for round in 1...rounds {
            for index in report.results.indices {
                let (setting, broker) = (
                    report.results[index].setting, report.results[index].broker
                )
                guard setting.isMeasured(of: broker, round: round) else { continue }
                complain(
                    "round \(round) of \(rounds): \(setting.name), \(broker.rawValue), "
                        + setting.about)
                report.results[index].rounds.all.append(try bench.round(of: setting, broker))
            }
        }
    }

    private func write(form: Form, of report: BenchReport) throws {
        let text =
            switch form {
            case .text: report.text
            case .markdown: report.markdown
            case .json: try report.json
            }
        guard let output else { return print(text, terminator: "") }
        try Data(text.utf8).write(to: URL(fileURLWithPath: output))
    }
}

/// Progress goes to standard error, so that what is printed is the result.
func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
