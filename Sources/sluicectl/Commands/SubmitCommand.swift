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
            content and - is standard input. The result goes to standard output; with --detach \
            the number to fetch it by.
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
    @Flag(help: "Print its number once it is stored, and leave it to be fetched.")
    var detach = false
    @Flag(help: "Show no progress.") var quiet = false

    func run() throws {
        let content = Content(
            try inputsPayload(inputs, reading: contents), type: "application/json")
        let follower = Follower(json: options.json, quiet: quiet)
        let requestOptions = try requestOptions(follower)
        let patience = try options.patience
        let absence = try options.patienceWithAbsence
        do throws(ClientError) {
            let client = try DataConnection(
                runtimeDirectory: options.runtimeDirectory, name: "sluicectl", patience: patience,
                absence: absence)
            let number = try client.submit(function, content, requestOptions)
            if detach {
                try follower.followUntilStored(number, on: client)
            } else {
                try follower.follow(number, on: client)
            }
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

    private func requestOptions(_ follower: Follower) throws(InputError) -> RequestOptions {
        var asked = RequestOptions()
        asked.queueTimeout = try span(queueTimeout)
        asked.execTimeout = try span(execTimeout)
        asked.deadline = try span(deadline)
        asked.maxWait = try span(maxWait)
        asked.detached = detach
        asked.wantsStatus = !detach && follower.showsProgress
        return asked
    }

    private func span(_ text: String?) throws(InputError) -> Duration? {
        guard let text else { return nil }
        guard let seconds = seconds(in: text) else { throw .badDuration(text) }
        return Duration(estimatedSeconds: seconds)
    }
}
