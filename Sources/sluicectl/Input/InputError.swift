import SluiceModel
import SluiceWire

/// What is wrong with the words on the command line.
enum InputError: Error, Hashable {
    case unknownCommand(String, nearest: String?)
    case notAnAssignment(String)
    case nothingToSet
    case unknownKey(String, nearest: String?)
    case badValue(String, String, expected: String)
    case setTwice(String)
    case badDuration(String)
    case noTarget(verb: String)
    case targetsDisagree
    case unreadable(String, reason: String)
    case notText(String)
    case needsDetached(String)
    case detachedHaveNoQueue
    case badState(String)
    case unknownUser(String)
    case needsOnce(String)
    case noTerminal
    case dumbTerminal(String)
    case badInstance(String)
    case badNode(String)
    case badDevice(String)
    case nothingToWrite
    case removeIsAlone
    case noneIsAlone
    case rootNeedsPaths
    case emptyRoot
    case noProgram
    case relativeProgram(String)
    case longCommand
}

extension InputError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknownCommand(let word, let nearest?):
            "there is no command '\(word)'; did you mean '\(nearest)'?"
        case .unknownCommand(let word, nil):
            "there is no command '\(word)'; see 'sluicectl help'"
        case .notAnAssignment(let text):
            "'\(text)' is not KEY=VALUE; an example: concurrency_limit=2"
        case .nothingToSet: "set what? An example: concurrency_limit=2"
        case .unknownKey(let key, let nearest?):
            "there is no setting '\(key)'; did you mean '\(nearest)'?"
        case .unknownKey(let key, nil):
            "there is no setting '\(key)'; see SETTINGS in sluicectl(1)"
        case .badValue(let key, let value, let expected):
            "\(key) takes \(expected), not '\(value)'"
        case .setTwice(let key): "\(key) is given twice"
        case .badDuration(let text):
            "'\(text)' is no duration; examples: 250ms, 2s, 5min"
        case .noTarget(let verb) where ["set", "revert"].contains(verb):
            "\(verb) what? Name a queue, or say --function NAME or --daemon"
        case .noTarget(let verb):
            "\(verb) what? Name a queue, or say --function NAME, --worker ID or --daemon"
        case .targetsDisagree:
            "say one thing: a queue, or one of the options that name something else"
        case .notText(let name):
            "\(name) is not text: sluicectl sends JSON; bytes go with a client, "
                + "see sluice-worker(7)"
        case .needsDetached(let option):
            "\(option) of requests needs --detached: it is about stored requests"
        case .detachedHaveNoQueue: "stored requests are in no queue; name a function: --function"
        case .badState(let text):
            "'\(text)' is no state of a stored request; there are: \(states)"
        case .unknownUser(let name):
            "this machine has no user '\(name)'; a uid does without the name"
        case .needsOnce(let option): "\(option) of top needs --once: a screen is not for programs"
        case .noTerminal:
            "top needs a terminal to draw on and to read keys from; for one page: top --once"
        case .dumbTerminal(let name):
            "top cannot draw on a terminal that is '\(name)' (TERM); for one page: top --once"
        case .badInstance(let name):
            "'\(name)' cannot be the name of a worker's unit: letters, digits, _ . : and -, no dot "
                + "first, at most \(WorkerUnit.longestInstance)"
        case .badNode(let path): "'\(path)' is no device node; an example: /dev/nvidia0"
        case .badDevice(let name): "'\(name)' is not a device's name; an example: gpu0"
        case .nothingToWrite:
            "write what? Say what it may open, --device DEVICE, or what it runs, --command PROGRAM"
        case .removeIsAlone: "--remove goes with no --device, --path or --command"
        case .noneIsAlone: "--device none goes with no other --device or --path"
        case .rootNeedsPaths:
            "with --root nobody can be asked which nodes a device has; name them: --path"
        case .emptyRoot: "--root is empty; name a directory"
        case .noProgram: "--command needs a program, and then its arguments"
        case .relativeProgram(let path):
            "'\(path)': a unit runs elsewhere; name the program by its whole path"
        case .longCommand: "the command is longer than 32 KiB; a script can hold it"
        case .unreadable(let name, let reason): "cannot read \(name): \(reason)"
        }
    }
}

private let states = Control.DetachedState.allCases.map(\.rawValue).joined(separator: ", ")
