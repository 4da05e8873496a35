import FoundationEssentials
import Glibc
import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

/// What an operator changed and wants kept: one small JSON file in the state directory, replaced
/// as a whole.
///
/// A change is noted when the engine has made it. It is written by a thread of its own, because
/// a slow disk must not hold up a turn; what was changed meanwhile goes with the next write.
struct OverrideStore {
    /// Layout of the file. A later one reads this one, too.
    struct Contents: Codable, Hashable, Sendable {
        var version = 1
        /// By target, then key; a value as `Set` takes it.
        var queues: [String: [String: Control.SettingValue]] = [:]
        var functions: [String: [String: Control.SettingValue]] = [:]
        var daemon: [String: Control.SettingValue] = [:]
        var heldQueues: [String: Control.Hold] = [:]
        var heldFunctions: [String: Control.Hold] = [:]
        var isPaused = false

        enum CodingKeys: String, CodingKey {
            case version, queues, functions, daemon
            case heldQueues = "held_queues"
            case heldFunctions = "held_functions"
            case isPaused = "paused"
        }
    }

    private static let fileBytes = 4 << 20
    private let path: String?
    private(set) var contents = Contents()
    private let writer: FileWriter?

    init(in directory: String?) {
        path = directory.map { "\($0)/overrides.json" }
        writer = path.map { FileWriter(path: $0) }
    }

    /// Everything kept, as the commands that set it again.
    ///
    /// A file that makes no sense is put aside, where the next change does not replace it.
    mutating func load() throws(OverrideError) -> [Command] {
        guard let path, let bytes = try Self.read(path) else { return [] }
        guard let read = try? JSONDecoder().decode(Contents.self, from: Data(bytes)),
            read.version == 1
        else {
            let aside = "\(path).damaged"
            guard rename(path, aside) == 0 else { throw .system(SystemError("rename", path)) }
            throw .damaged(path, aside: aside)
        }
        contents = read
        return commands
    }

    private static func read(_ path: String) throws(OverrideError) -> [UInt8]? {
        do { return try AtomicFile.read(path, limit: fileBytes) } catch { throw .system(error) }
    }

    /// Keeps what a command changed.
    mutating func note(_ command: Command) {
        guard let writer else { return }
        contents.note(command)
        guard let data = try? JSONEncoder().encode(contents) else { return }
        writer.write([UInt8](data))
    }

    /// Waits until what was noted is on the disk.
    func finish() { writer?.finish() }

    private var commands: [Command] {
        var commands: [Command] = []
        func add(_ target: Control.Target, _ values: [String: Control.SettingValue]) {
            let set = Control.Call.set(Control.Set(target: target, values: values))
            if let command = try? set.command { commands.append(command) }
        }
        if !contents.daemon.isEmpty { add(.daemon, contents.daemon) }
        for (name, values) in contents.queues.sorted(by: { $0.key < $1.key }) {
            add(.queue(name), values)
        }
        for (name, values) in contents.functions.sorted(by: { $0.key < $1.key }) {
            add(.function(name), values)
        }
        for (name, hold) in contents.heldQueues.sorted(by: { $0.key < $1.key }) {
            commands.append(hold == .draining ? .drain(.queue(name)) : .pause(.queue(name)))
        }
        for (name, hold) in contents.heldFunctions.sorted(by: { $0.key < $1.key }) {
            commands.append(hold == .draining ? .drain(.function(name)) : .pause(.function(name)))
        }
        if contents.isPaused { commands.append(.pause(.daemon)) }
        return commands
    }
}

extension OverrideStore.Contents {
    fileprivate mutating func note(_ command: Command) {
        switch command {
        case .set(let target, let overrides): note(overrides, of: target)
        case .pause(let target): note(.paused, target)
        case .resume(let target): note(.running, target)
        case .drain(let target): note(.draining, target)
        case .forget(let function):
            // Restored, it would make the function known again.
            functions[function] = nil
            heldFunctions[function] = nil
        case .cancel: break
        }
    }

    private mutating func note(_ overrides: [Override], of target: Target) {
        for override in overrides {
            let value = override.settingValue
            let kept = value == .inherited ? nil : value
            switch target {
            case .daemon: daemon[override.key] = kept
            case .queue(let name): queues[name, default: [:]][override.key] = kept
            case .function(let name): functions[name, default: [:]][override.key] = kept
            case .worker: break
            }
        }
        queues = queues.filter { !$0.value.isEmpty }
        functions = functions.filter { !$0.value.isEmpty }
    }

    private mutating func note(_ hold: Control.Hold, _ target: Target) {
        let kept = hold == .running ? nil : hold
        switch target {
        // A drain of the daemon is how it is stopped; kept, it would refuse everybody after.
        case .daemon: isPaused = hold == .paused
        case .queue(let name): heldQueues[name] = kept
        case .function(let name): heldFunctions[name] = kept
        case .worker: break
        }
    }
}

extension Override {
    fileprivate var settingValue: Control.SettingValue {
        switch self {
        case .concurrencyLimit(let limit), .maxSize(let limit), .maxRunning(let limit),
            .defaultConcurrencyLimit(let limit):
            switch limit {
            case .at(let number)?: .number(Double(number))
            case Limit.none?: .none
            case nil: .inherited
            }
        case .maxBatchSize(let count): count.map { .number(Double($0)) } ?? .inherited
        case .maxWait(let span), .maxBatchDelay(let span):
            span.map { .number($0.inSeconds) } ?? .inherited
        }
    }
}
