import Glibc
import SluiceClient
import SluiceWire

/// What a worker's unit allows it to open, beside what every program may.
struct DeviceNodes: Hashable {
    /// As `DeviceAllow=` takes them.
    let allowed: [String]

    /// - Parameter paths: device nodes; with a GPU's goes what its vendor's libraries open besides,
    ///   and never another GPU's.
    init(_ paths: [String]) throws(InputError) {
        if let wrong = paths.first(where: { !Self.isNode($0) }) { throw .badNode(wrong) }
        var all = paths
        if paths.contains(where: Self.isNvidia) {
            // The driver of uvm has a number of its own, which systemd looks up: so its two nodes,
            // which are made late, need not be there.
            all += ["/dev/nvidiactl", "char-nvidia-uvm"]
        }
        if paths.contains(where: { $0.hasPrefix("/dev/dri/renderD") }) { all.append("/dev/kfd") }
        allowed = all.reduce(into: []) { unique, node in
            if !unique.contains(node) { unique.append(node) }
        }
    }

    /// Nodes that are not there now. What is there and is no device was not meant.
    func missing() throws(InputError) -> [String] {
        var missing: [String] = []
        for path in allowed where path.hasPrefix("/") {
            var status = stat()
            guard stat(path, &status) == 0 else {
                missing.append(path)
                continue
            }
            guard [S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT) else { throw .badNode(path) }
        }
        return missing
    }

    private static func isNvidia(_ path: String) -> Bool {
        guard path.hasPrefix("/dev/nvidia") else { return false }
        let number = path.dropFirst("/dev/nvidia".count)
        return !number.isEmpty && number.allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// A path that stays below /dev and means nothing else to systemd.
    private static func isNode(_ path: String) -> Bool {
        path.hasPrefix("/dev/") && path.utf8.count <= 255
            && path.dropFirst("/dev/".count).split(
                separator: "/", omittingEmptySubsequences: false
            ).allSatisfy { part in
                !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isAllowed)
            }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_.:+@,-".utf8.contains(byte)
        }
    }
}

/// The nodes of devices, by name. Nobody else knows which card `gpu1` is.
///
/// - Parameter list: all devices that the daemon has.
func paths(
    of names: [String], list: () throws -> [Control.Device]
) throws -> [String] {
    let devices = try list()
    return try names.flatMap { name in
        guard let device = devices.first(where: { $0.device == name }) else {
            throw ToolFailure(noDevice: name, among: devices.map(\.device))
        }
        // A worker that is told to ask for it, and may open nothing of it, could only fail.
        guard !device.paths.isEmpty || device.kind == .simulated else {
            throw ToolFailure(
                "sluiced does not know the nodes of \(name); name them: --path", .failure)
        }
        return device.paths
    }
}

extension ToolFailure {
    init(noDevice name: String, among known: [String]) {
        let list = known.isEmpty ? "none" : known.joined(separator: ", ")
        self.init("there is no device '\(name)'; there are: \(list)", .unknown)
    }
}
