import ArgumentParser
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire

struct WorkerUnitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-unit",
        abstract: "Say what a worker's unit may open, and what it runs.",
        usage: """
            sluicectl worker-unit NAME [--device DEVICE] ... [--path NODE] ... \
            [--command PROGRAM ARGUMENT ...]
            sluicectl worker-unit NAME --remove
            """,
        discussion: """
            It writes for sluice-worker@NAME.service, and changes nothing of one that runs: \
            'systemctl restart sluice-worker@NAME' does.
            """)
    @OptionGroup var common: CommonOptions
    @Argument(
        help: ArgumentHelp(
            "The worker, by what stands behind the @ of its unit.", valueName: "name"),
        completion: Completions.workerUnits)
    var name: String
    @Option(
        help: ArgumentHelp(
            "A device that it may open, and is to ask for; none: no device at all.",
            valueName: "device"), completion: Completions.devices)
    var device: [String] = []
    @Option(
        help: ArgumentHelp(
            "A device node that it may open; then the daemon is not asked for the devices'.",
            valueName: "node"), completion: .file())
    var path: [String] = []
    @Flag(help: "Print what would be written.") var dryRun = false
    @Flag(help: "Let it open again what every worker may.") var remove = false
    @Option(
        help: ArgumentHelp("Write below this directory.", valueName: "directory"),
        completion: .directory)
    var root: String?
    @Option(
        parsing: .remaining,
        help: ArgumentHelp(
            "What it runs: all words that follow, as they are.", valueName: "word"))
    var command: [String] = []

    func run() throws {
        let unit = try checkedUnit()
        let words = try checkedCommand()
        try demandRoot()
        let files = UnitFiles(unit: unit, root: root ?? "")
        let changes = try changes(of: files, words)
        guard !dryRun else { return show(changes) }
        for change in changes { try files.make(change) }
        let isForeign = root != nil || access("/run/systemd/system", F_OK) != 0
        let hasNewUnit = changes.contains { $0.path == files.dropIn && $0.kind != .unchanged }
        if hasNewUnit, !isForeign { try reloadManager() }
        tell(changes, files, try files.hasCommand())
    }

    // MARK: What is asked for

    func checkedUnit() throws(InputError) -> WorkerUnit {
        guard let unit = WorkerUnit(instance: name) else { throw .badInstance(name) }
        guard remove || !device.isEmpty || !path.isEmpty || !command.isEmpty else {
            throw .nothingToWrite
        }
        guard !remove || (device.isEmpty && path.isEmpty && command.isEmpty) else {
            throw .removeIsAlone
        }
        // An unset variable would have it write to this machine.
        guard root?.isEmpty != true else { throw .emptyRoot }
        guard !device.contains("none") || (device.count == 1 && path.isEmpty) else {
            throw .noneIsAlone
        }
        for name in device
        where !Name.isValid(name) || name.contains(",") || ["any", "all"].contains(name) {
            throw .badDevice(name)
        }
        return unit
    }

    /// The words of the command, without the `--` that may stand before them.
    func checkedCommand() throws(InputError) -> [String] {
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        guard !command.isEmpty else { return [] }
        guard let program = words.first, !program.isEmpty else { throw .noProgram }
        guard program.hasPrefix("/") || !program.contains("/") else {
            throw .relativeProgram(program)
        }
        // One variable may take 128 KiB, and what is quoted grows to twice as much at most.
        guard words.reduce(0, { $0 + $1.utf8.count + 3 }) <= 1 << 15 else { throw .longCommand }
        return words
    }

    private func demandRoot() throws {
        guard root == nil, !dryRun, geteuid() != 0 else { return }
        throw ToolFailure(
            "permission denied: worker-unit writes below /etc, which is root's; "
                + "'sudo sluicectl worker-unit …' does, and --dry-run shows what",
            .notPermitted)
    }

    private func changes(of files: UnitFiles, _ words: [String]) throws -> [UnitFiles.Change] {
        guard !remove else { return [try files.removingDropIn()] }
        var changes: [UnitFiles.Change] = []
        if !device.isEmpty || !path.isEmpty {
            let nodes = try DeviceNodes(try paths(of: device.filter { $0 != "none" }))
            if root == nil { warn(of: try nodes.missing()) }
            changes.append(try files.settingDevices(device, nodes))
        }
        if !words.isEmpty { changes.append(try files.settingCommand(words)) }
        return changes
    }

    private func paths(of names: [String]) throws -> [String] {
        guard path.isEmpty, !names.isEmpty else { return path }
        // The devices of this machine are not those of another's files.
        guard root == nil else { throw InputError.rootNeedsPaths }
        return try sluicectl.paths(of: names) {
            let devices = try common.ask { control throws(ClientError) -> [Control.Device]? in
                do throws(ClientError) {
                    return try control.devices()
                } catch .unsupported {
                    return nil
                }
            }
            guard let devices else {
                throw ToolFailure(
                    "sluiced does not tell which nodes a device has; name them: --path", .failure)
            }
            return devices
        }
    }

    // MARK: What was done

    private func warn(of missing: [String]) {
        guard !missing.isEmpty else { return }
        Terminal.complain(
            "sluicectl: not there now: \(missing.joined(separator: ", ")). What is not there when "
                + "the worker starts it may not open.\n")
    }

    /// As `systemctl cat` has it.
    private func show(_ changes: [UnitFiles.Change]) {
        for change in changes {
            let text = change.kind == .removed ? "# would be removed\n" : ""
            Terminal.print(Array("# \(change.path)\n\(text)".utf8) + change.bytes)
        }
    }

    private func tell(_ changes: [UnitFiles.Change], _ files: UnitFiles, _ hasCommand: Bool) {
        guard !common.json else {
            let told = changes.map { WrittenFile(path: $0.path, change: $0.kind.rawValue) }
            return Terminal.print(jsonLine(WrittenUnit(unit: "\(files.unit)", files: told)))
        }
        for change in changes {
            Terminal.print("\(change.path) is \(change.kind.rawValue).\n")
        }
        if remove, changes.contains(where: { $0.kind == .removed }) {
            Terminal.print("It may open the devices of all GPUs again.\n")
        }
        if !files.unit.hasUser {
            Terminal.print(
                "No user can be called model-\(files.unit.instance); User= gives it another: "
                    + "systemctl edit \(files.unit)\n")
        }
        if !hasCommand { Terminal.print("It has no command yet; --command gives it one.\n") }
        guard root == nil, changes.contains(where: { $0.kind != .unchanged }) else { return }
        Terminal.print("It counts from the next start: systemctl restart \(files.unit)\n")
    }
}

private struct WrittenFile: Encodable {
    let path: String
    let change: String
}

private struct WrittenUnit: Encodable {
    let unit: String
    let files: [WrittenFile]
}
