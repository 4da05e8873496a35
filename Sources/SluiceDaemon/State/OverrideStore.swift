import SluiceEngine
import SluiceModel
import SluiceWire

/// What an operator changed and wants kept. A change is noted when the engine has made it.
struct OverrideStore {
    struct Contents: StateContents, Hashable {
        static let current = 1
        var version = Contents.current
        /// By target, then key; a value as `Set` takes it.
        var queues: [String: [String: Control.SettingValue]] = [:]
        var functions: [String: [String: Control.SettingValue]] = [:]
        var daemon: [String: Control.SettingValue] = [:]
        var heldQueues: [String: Control.Hold] = [:]
        var heldFunctions: [String: Control.Hold] = [:]
        var isPaused = false
        /// By device, why an operator cordoned it.
        var cordons: [String: String]?

        enum CodingKeys: String, CodingKey {
            case version, queues, functions, daemon, cordons
            case heldQueues = "held_queues"
            case heldFunctions = "held_functions"
            case isPaused = "paused"
        }
    }

    private static let fileBytes = 4 << 20
    private var file: StateFile<Contents>

    init(in directory: String?, writer: FileWriter) {
        file = StateFile("overrides.json", in: directory, bytes: Self.fileBytes, writer: writer)
    }

    var contents: Contents { file.contents }

    /// Everything kept, as the commands that set it again.
    mutating func load() throws(StateError) -> [Command] {
        try file.load()
        return commands
    }

    /// Keeps what a command changed.
    ///
    /// - Returns: the number of the write that has it on the disk; nil: nothing is kept.
    @discardableResult
    mutating func note(_ command: Command) -> UInt64? {
        file.change { $0.note(command) }
        return file.path == nil ? nil : file.changes
    }

    /// Whether a write was one of this file.
    func isOurs(_ outcome: FileWriter.Outcome) -> Bool { outcome.path == file.path }

    var nextDeadline: Instant? { file.nextDeadline }
    mutating func flush(at now: Instant) { file.flush(at: now) }

    private var commands: [Command] {
        let contents = contents
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
        for (name, reason) in (contents.cordons ?? [:]).sorted(by: { $0.key < $1.key }) {
            commands.append(.cordon(device: name, reason: reason))
        }
        if contents.isPaused { commands.append(.pause(.daemon)) }
        return commands
    }
}

extension OverrideStore.Contents {
    fileprivate mutating func note(_ command: Command) {
        switch command {
        case .set(let target, let overrides): note(overrides, of: target)
        case .revert(let target):
            switch target {
            case .daemon: daemon = [:]
            case .queue(let name): queues[name] = nil
            case .function(let name): functions[name] = nil
            case .worker: break
            }
        case .pause(let target): note(.paused, target)
        case .resume(let target): note(.running, target)
        case .drain(let target): note(.draining, target)
        case .forget(let function):
            // Restored, it would make the function known again.
            functions[function] = nil
            heldFunctions[function] = nil
        case .cordon(let device, let reason):
            cordons = (cordons ?? [:]).merging([device: reason]) { $1 }
        case .uncordon(let device): cordons?[device] = nil
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
            .defaultConcurrencyLimit(let limit), .perDeviceLimit(let limit):
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
