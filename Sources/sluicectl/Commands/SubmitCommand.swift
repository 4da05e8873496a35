import ArgumentParser
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Ask for a function and wait for what comes of it.",
        usage: "sluicectl submit [OPTION ...] FUNCTION [INPUT ...]",
        discussion: """
            An input that is JSON is taken as it is, anything else is a string; @FILE is a file's \
            content and - is standard input. The result goes to standard output.
            """)
    @OptionGroup var options: CommonOptions
    @Argument(help: "What to ask for.", completion: Completions.functions)
    var function: String
    @Argument(help: ArgumentHelp("The function's inputs.", valueName: "input"))
    var inputs: [String] = []

    @Option(help: ArgumentHelp("Longest wait until started.", valueName: "duration"))
    var queueTimeout: String?
    @Option(help: ArgumentHelp("Longest run of one attempt.", valueName: "duration"))
    var execTimeout: String?
    @Option(help: ArgumentHelp("Longest time in all.", valueName: "duration"))
    var deadline: String?
    @Option(
        help: ArgumentHelp("Be refused rather than wait longer.", valueName: "duration"))
    var maxWait: String?
    @Flag(help: "Show no progress.") var quiet = false

    func run() throws {
        let content = Content(
            try inputsPayload(inputs, reading: contents), type: "application/json")
        let requestOptions = try self.requestOptions()
        let follower = Follower(json: options.json, quiet: quiet)
        let patience = try options.patience
        let absence = try options.patienceWithAbsence
        do throws(ClientError) {
            let client = try DataConnection(
                runtimeDirectory: options.runtimeDirectory, name: "sluicectl", patience: patience,
                absence: absence)
            client.onReturn = { follower.noteReturn() }
            let number = try client.submit(function, content, requestOptions)
            follower.finish(try client.outcome(of: number) { follower.follow($0) })
        } catch {
            follower.clear()
            let failure = ToolFailure(error, in: options.surroundings)
            guard case .notBack = error, let request = follower.request else { throw failure }
            let lost = "Request \(request) has no outcome, whether it ran or not; submit it again."
            throw ToolFailure("\(failure.message)\n\(lost)", failure.code)
        }
        guard let failure = follower.failure else { return }
        guard failure.code == .unknown, let nearest = nearestFunction() else { throw failure }
        throw ToolFailure(failure.message + "\nDid you mean '\(nearest)'?", failure.code)
    }

    /// The known function that was probably meant. The daemon does not say: a client that floods it
    /// with unknown names shall cost it nothing. So this asks as an operator; one who may not read
    /// there has to do without.
    private func nearestFunction() -> String? {
        do {
            let control = try ControlConnection(
                runtimeDirectory: options.runtimeDirectory, patience: Patience(limit: .seconds(1)))
            return nearestName(to: function, among: try control.functions().map(\.function))
        } catch {
            return nil
        }
    }

    private func requestOptions() throws(InputError) -> RequestOptions {
        var asked = RequestOptions()
        asked.queueTimeout = try span(queueTimeout)
        asked.execTimeout = try span(execTimeout)
        asked.deadline = try span(deadline)
        asked.maxWait = try span(maxWait)
        asked.wantsStatus = !quiet && !options.json && isatty(STDERR_FILENO) == 1
        return asked
    }

    private func span(_ text: String?) throws(InputError) -> Duration? {
        guard let text else { return nil }
        guard let seconds = seconds(in: text) else { throw .badDuration(text) }
        return Duration(estimatedSeconds: seconds)
    }
}

/// Shows a request on its way: progress on standard error while a person looks, partial results
/// and the result on standard output.
private final class Follower {
    private let json: Bool
    private let showsProgress: Bool
    private let style = Terminal.style(of: STDERR_FILENO)
    private(set) var request: RequestID?
    /// The latest partial result: that of a stream is its result, too, and shown already.
    private var shown: Content?
    private(set) var failure: ToolFailure?

    init(json: Bool, quiet: Bool) {
        self.json = json
        showsProgress = !json && !quiet && isatty(STDERR_FILENO) == 1
    }

    func follow(_ update: RequestUpdate) {
        if case .admitted(let id, _) = update { request = id }
        if case .chunk(let sequence, let content) = update {
            clear()
            Terminal.print(
                json ? Array(chunkJSON(sequence, content).utf8) : printable(content))
            shown = content
        }
        if let remark = remark(update, style: style) {
            clear()
            Terminal.complain(remark)
        }
        if showsProgress, let line = progressLine(update) {
            clear()
            // A line that wraps could not be wiped.
            let room = style.width.map { max(0, $0 - 1) } ?? line.count
            Terminal.complain(style.paint(String(line.prefix(room)), .faint))
        }
    }

    /// The daemon went and is back, and the request with it.
    func noteReturn() {
        guard showsProgress else { return }
        clear()
        Terminal.complain("sluicectl: sluiced went and is back\n")
    }

    func finish(_ outcome: RequestOutcome) {
        clear()
        failure = complaint(outcome)
        if json { return Terminal.print(outcomeJSON(outcome, request: request)) }
        guard failure == nil, outcome.content != shown else { return }
        guard isText(outcome.content) || isatty(STDOUT_FILENO) == 0 else {
            let size = size(outcome.content.bytes.count)
            return Terminal.complain(
                "The result is \(size) that are no text; send standard output to a file.\n")
        }
        Terminal.print(printable(outcome.content))
    }

    /// Wipes the line of progress.
    func clear() {
        if showsProgress { Terminal.complain(Terminal.lineStart) }
    }
}
