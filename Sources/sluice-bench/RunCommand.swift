import ArgumentParser
import Foundation
import SluiceBench

/// `sluice-bench run`: settings in rounds, the relay and sluiced next to each other.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start brokers and measure them, pair by pair.",
        discussion: "Settings:\n"
            + Setting.all.map { "  \($0.name): \($0.about)" }
            .joined(separator: "\n"))

    @Option(
        help: ArgumentHelp(
            "What to measure; may be said several times. S1, S4, S5 and queues stand for several.",
            valueName: "NAME"))
    var setting: [String] = ["all"]

    @Option(help: "Times to measure each. The middle one counts.")
    var rounds = 3

    @Option(help: "Seconds that a loop is measured.")
    var seconds = 2.0

    @Option(
        help: ArgumentHelp("Bytes of a request in loops, for another size.", valueName: "BYTES"))
    var payload: Int?

    @Option(help: ArgumentHelp("Requests that are out at once in loops.", valueName: "N"))
    var outstanding: Int?

    @Option(
        help: ArgumentHelp(
            "The processors for all that is started.",
            discussion: "Default: all; the first for S1.", valueName: "LIST"))
    var cpus: String?

    @Flag(help: "Count system calls, too, with perf(1).")
    var syscalls = false

    @Flag(help: "Print every sample as JSON instead of tables.")
    var json = false

    @Option(
        help: ArgumentHelp("The daemon, if not the one beside this program.", valueName: "PATH"))
    var sluiced: String?

    @Option(help: ArgumentHelp("The relay, if not the one beside this program.", valueName: "PATH"))
    var relay: String?

    func validate() throws {
        guard rounds > 0, seconds > 0, payload ?? 1 > 0, outstanding ?? 1 > 0 else {
            throw ValidationError("Rounds, seconds, bytes and requests have to be more than none.")
        }
        for word in setting where Setting.named(word).isEmpty {
            let all = Setting.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no setting '\(word)', but: all, \(all).")
        }
    }

    /// Those that were named, with what was said of them.
    private var settings: [Setting] {
        setting.flatMap(Setting.named).map { setting in
            guard case .loop = setting.kind else { return setting }
            var setting = setting
            setting.load.payload = payload ?? setting.load.payload
            setting.load.outstanding = outstanding ?? setting.load.outstanding
            return setting
        }
    }

    func run() throws {
        try TidyEnd.prepare()
        let limit = Machine.raiseDescriptorLimit()
        var bench = Bench(try Programs(sluiced: sluiced, relay: relay))
        bench.span = .seconds(seconds)
        bench.countsSyscalls = syscalls
        bench.processors = cpus
        var report = BenchReport(machine: Machine.description)
        report.results = settings.filter { setting in
            // A few for ourselves.
            guard setting.load.connections > limit - 100 else { return true }
            complain("\(setting.name) is left out: it needs more than \(limit) descriptors")
            return false
        }.map { ($0, Rounds()) }
        // Settings within rounds: a busy minute then falls on all of them alike.
        for round in 1...rounds {
            for index in report.results.indices {
                let setting = report.results[index].setting
                complain("round \(round) of \(rounds): \(setting.name), \(setting.about)")
                report.results[index].rounds.all.append(try bench.round(of: setting))
            }
        }
        print(json ? try report.json : report.text, terminator: "")
    }
}

extension BenchReport {
    private struct Document: Encodable {
        struct Round: Encodable {
            let setting: String
            let round: Int
            let relay: [String: Double]?
            let sluice: [String: Double]
        }
        let machine: String
        let samples: [Round]
    }

    /// Every sample, for a program that compares runs.
    var json: String {
        get throws {
            let samples = results.flatMap { setting, rounds in
                rounds.all.enumerated().map { index, round in
                    Document.Round(
                        setting: setting.name, round: index + 1, relay: round.relay?.named,
                        sluice: round.sluice.named)
                }
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let document = Document(machine: machine, samples: samples)
            return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
        }
    }
}

extension Sample {
    var named: [String: Double] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }
}

/// Progress goes to standard error, so that what is printed is the result.
func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
