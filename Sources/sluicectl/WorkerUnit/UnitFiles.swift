import Glibc
import SluiceModel
import SluiceSystem

/// The two files that make an instance of `sluice-worker@.service` what it is.
struct UnitFiles {
    let unit: WorkerUnit
    /// Below which `/etc` is; empty: this machine's.
    let root: String

    var dropInDirectory: String { "\(root)/etc/systemd/system/\(unit).d" }
    var dropIn: String { "\(dropInDirectory)/50-devices.conf" }
    var environmentDirectory: String { "\(root)/etc/sluice/workers" }
    var environment: String { "\(environmentDirectory)/\(unit.instance).env" }

    /// A file as it is to be. Nothing is written as long as anything speaks against it.
    struct Change: Hashable {
        enum Kind: String, Hashable { case created, changed, unchanged, removed }
        let path: String
        let kind: Kind
        /// What is written; empty where it is removed.
        let bytes: [UInt8]
        let mode: mode_t
    }

    /// By which a file is known for the tool's own.
    static let mark = "# Written by sluicectl worker-unit"
    /// Of a file that is read: more is none that a person wrote.
    private static let longestFile = 1 << 20

    // MARK: What is to be

    /// - Parameter devices: whose nodes these are, for the worker, or `none`: it is not to ask for
    ///   any.
    static func dropIn(for unit: WorkerUnit, devices: [String], _ nodes: DeviceNodes) -> String {
        var lines = [
            "\(mark), which writes it anew when it is said again.",
            "# Other settings belong into a file of their own: systemctl edit \(unit)",
            "[Service]",
        ]
        if !devices.isEmpty {
            // Names are ASCII, and systemd puts something in the place of a lone percent sign.
            let names = devices.joined(separator: ",").split(
                separator: "%", omittingEmptySubsequences: false
            ).joined(separator: "%%")
            lines.append("Environment=" + quoted("SLUICE_DEVICE=\(names)", escaping: "\"\\"))
        }
        lines += ["DevicePolicy=closed", "DeviceAllow="]
        lines += nodes.allowed.map { "DeviceAllow=\($0) rw" }
        return lines.joined(separator: "\n") + "\n"
    }

    func settingDevices(_ devices: [String], _ nodes: DeviceNodes) throws -> Change {
        let old = try ownDropIn()
        let new = Array(Self.dropIn(for: unit, devices: devices, nodes).utf8)
        return Change(path: dropIn, kind: kind(from: old, to: new), bytes: new, mode: 0o644)
    }

    func settingCommand(_ words: [String]) throws -> Change {
        let old = try read(environment)
        var text = EnvironmentText(old ?? [])
        do throws(EnvironmentText.Objection) {
            try text.set("COMMAND", commandLine(words))
        } catch {
            throw ToolFailure("\(environment): \(error.description)", .failure)
        }
        // It may hold secrets, and may be whose it is for a reason.
        let mode = old == nil ? 0o600 : permissions(of: environment)
        return Change(
            path: environment, kind: kind(from: old, to: text.bytes), bytes: text.bytes, mode: mode)
    }

    func removingDropIn() throws -> Change {
        let isThere = try ownDropIn() != nil
        return Change(path: dropIn, kind: isThere ? .removed : .unchanged, bytes: [], mode: 0)
    }

    /// Whether the worker has a command to start with.
    func hasCommand() throws -> Bool {
        EnvironmentText(try read(environment) ?? []).contains("COMMAND")
    }

    private func kind(from old: [UInt8]?, to new: [UInt8]) -> Change.Kind {
        guard let old else { return .created }
        return old == new ? .unchanged : .changed
    }

    /// The drop-in that there is, if any; another's is not to be touched.
    private func ownDropIn() throws -> [UInt8]? {
        let old = try read(dropIn)
        guard old?.starts(with: Self.mark.utf8) ?? true else {
            throw ToolFailure(
                "\(dropIn) is not of sluicectl: move it away, or put DeviceAllow= there yourself",
                .failure)
        }
        return old
    }

    private func read(_ path: String) throws -> [UInt8]? {
        do throws(SystemError) {
            return try AtomicFile.read(path, limit: Self.longestFile)
        } catch {
            throw ToolFailure(error.description, error.toolStatus)
        }
    }

    private func permissions(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o600
    }

    /// Nil: it is not there, and will be the writer's.
    private func owner(of path: String) -> (user: uid_t, group: gid_t)? {
        var status = stat()
        return stat(path, &status) == 0 ? (status.st_uid, status.st_gid) : nil
    }

    // MARK: Making it so

    func make(_ change: Change) throws {
        do throws(SystemError) {
            switch change.kind {
            case .unchanged: break
            case .created, .changed: try write(change)
            case .removed: try remove(change)
            }
        } catch {
            throw ToolFailure(error.description, error.toolStatus)
        }
    }

    private func write(_ change: Change) throws(SystemError) {
        // Whoever runs this may keep files to themselves; others are to read these.
        umask(0o022)
        let isDropIn = change.path == dropIn
        let directory = isDropIn ? dropInDirectory : environmentDirectory
        try makeDirectory(directory, mode: isDropIn ? 0o755 : 0o750)
        try AtomicFile.write(
            change.path, change.bytes, mode: change.mode, owner: owner(of: change.path))
    }

    private func remove(_ change: Change) throws(SystemError) {
        guard unlink(change.path) == 0 || errno == ENOENT else {
            throw SystemError("unlink", change.path)
        }
        // Other drop-ins keep it.
        rmdir(dropInDirectory)
    }

    private func makeDirectory(_ path: String, mode: mode_t) throws(SystemError) {
        guard mkdir(path, mode) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemError("mkdir", path)
        }
        try makeDirectory(String(path[..<slash]), mode: 0o755)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError("mkdir", path) }
    }
}

extension EnvironmentText.Objection {
    var description: String {
        switch self {
        case .openQuote: "what it ends with goes on, a quote or a line; mend that first"
        case .twice(let name): "\(name) is in it twice; leave one"
        }
    }
}

extension SystemError {
    var toolStatus: ExitStatus { code == EACCES || code == EPERM ? .notPermitted : .failure }
}
