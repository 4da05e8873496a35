import ArgumentParser
import Glibc
import SluiceClient
import SluiceModel
import SluiceSystem
import SluiceWire

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "A live screen: queues, workers, the oldest requests.")
    @OptionGroup var options: CommonOptions
    @Flag(help: "Print one page and end.") var once = false
    @Option(help: "How long between two polls: 250ms, 2s; default 1s.") var interval: String?

    /// More polls a second nobody can read; fewer a day nobody calls live.
    private static let intervals = 0.1...3600.0

    func run() throws {
        let interval = try pollInterval()
        guard once || !options.json else { throw InputError.needsOnce("--json") }
        if !once { try Terminal.demandScreen() }
        let sample = try options.ask { control throws(ClientError) in try control.topSample() }
        guard !once else {
            return Terminal.print(
                options.json
                    ? jsonLine(sample)
                    : topText(sample, host: hostName(), style: Terminal.style))
        }
        do throws(SystemError) {
            var loop = try TopLoop(
                sample, interval: interval, runtimeDirectory: options.runtimeDirectory)
            loop.run()
        } catch {
            throw ToolFailure(error.description, .failure)
        }
    }

    private func pollInterval() throws(InputError) -> Duration {
        guard let interval else { return .seconds(1) }
        guard let seconds = seconds(in: interval) else { throw .badDuration(interval) }
        guard Self.intervals.contains(seconds) else {
            throw .badValue("--interval", interval, expected: "a duration of 100ms to 1h")
        }
        return Duration(estimatedSeconds: seconds)
    }
}

/// What this machine calls itself: whoever has four screens open wants to know.
func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
