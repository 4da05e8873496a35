import ArgumentParser
import SluiceClient
import SluiceWire

// Commands that change something, other than holds.

struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Give settings a value, at once.",
        usage: """
            sluicectl set QUEUE KEY=VALUE ...
            sluicectl set --function NAME KEY=VALUE ...
            sluicectl set --daemon KEY=VALUE ...
            """,
        discussion: """
            KEY= or KEY=default takes a value back, 'revert' all of them. Keys of a queue: \
            concurrency_limit, max_size, max_wait, per_device_limit; of a function: \
            max_batch_size, max_batch_delay; of the daemon: max_running, max_size, \
            default_concurrency_limit.
            """)
    @Argument(
        help: ArgumentHelp(
            "A queue, unless --function or --daemon is given, and settings.",
            valueName: "queue | key=value"),
        completion: Completions.settings)
    var words: [String] = []
    @OptionGroup var target: TargetOptions
    @OptionGroup var options: CommonOptions

    func run() throws {
        let (target, values) = try change()
        let runtime = self.target.runtime ? true : nil
        let reply = try options.ask { control throws(ClientError) in
            try control.call(Control.Set(target: target, values: values, runtime: runtime))
        }
        Terminal.print(
            options.json
                ? jsonList(reply.changes)
                : changesText(reply.changes, of: target, style: Terminal.style))
    }

    /// What the words ask for.
    func change() throws(InputError) -> (Control.Target, [String: Control.SettingValue]) {
        let isQueue = target.function == nil && !target.daemon && !namesSetting(words.first)
        let target = try sluicectl.target(
            verb: "set", queue: isQueue ? words.first : nil, function: target.function,
            daemon: target.daemon)
        let assignments = words.dropFirst(isQueue ? 1 : 0)
        guard !assignments.isEmpty else { throw .nothingToSet }
        var values: [String: Control.SettingValue] = [:]
        for word in assignments {
            let assignment = try Assignment(word)
            let key = assignment.key.rawValue
            guard values.updateValue(assignment.value, forKey: key) == nil else {
                throw .setTwice(key)
            }
        }
        return (target, values)
    }

    /// Whether the first word sets something, and so is no queue: queues may have `=` in their
    /// names, but not the name of a setting before it.
    private func namesSetting(_ word: String?) -> Bool {
        guard let key = word?.split(separator: "=").first, word?.contains("=") == true else {
            return false
        }
        return Control.SettingKey(rawValue: String(key)) != nil
    }
}

struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Call requests off.",
        usage: "sluicectl cancel ID ...")
    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp("Requests, by id.", valueName: "id"), completion: Completions.requests)
    var requests: [UInt64]

    func run() throws {
        var over: [UInt64] = []
        try options.ask { control throws(ClientError) in
            for request in requests where try !cancel(request, control) { over.append(request) }
        }
        guard over.isEmpty else { throw ToolFailure(notLive: over) }
    }

    /// False where it is not live: the others are cancelled all the same.
    private func cancel(
        _ request: UInt64, _ control: ControlConnection
    ) throws(ClientError) -> Bool {
        do throws(ClientError) {
            _ = try control.call(Control.Cancel(id: request))
        } catch .refused(.unknownRequest) {
            return false
        }
        Terminal.print(
            options.json ? jsonLine(["id": request]) : "request \(request) is cancelled.\n")
        return true
    }
}

struct ForgetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget a function that nobody serves or waits for.",
        usage: "sluicectl forget FUNCTION")
    @OptionGroup var options: CommonOptions
    @Argument(help: "The function's name.", completion: Completions.functions)
    var function: String

    func run() throws {
        _ = try options.ask { control throws(ClientError) in
            try control.call(Control.Forget(function: function))
        }
        Terminal.print(
            options.json
                ? jsonLine(["function": function])
                : "function \(visible(function)) is forgotten.\n")
    }
}

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Read the configuration again.",
        usage: "sluicectl reload")
    @OptionGroup var options: CommonOptions

    func run() throws {
        _ = try options.ask { control throws(ClientError) in try control.call(Control.Reload()) }
        Terminal.print(
            options.json ? jsonLine(NoParameters()) : "the configuration is read again.\n")
    }
}
