import SluiceModel

/// What the kernel says of processes. Where it says nothing, because they are gone or hidden from
/// us, neither do we.
struct ProcessTable {
    /// Ancestors of one process that are named; a worker's child is near.
    static let ancestors = 16

    var root: String

    /// Completes what a driver said of the processes of one device. What is not a process is left
    /// out, and of too many those that use least.
    func complete(_ processes: [DeviceProcess]) -> [DeviceProcess] {
        var merged: [Int32: Int?] = [:]
        for process in processes where process.process > 0 {
            // A process may be listed for computing and for drawing, each time with all it has.
            let known = merged[process.process] ?? nil
            merged[process.process] = .some(larger(known, process.bytes))
        }
        let sorted = merged.sorted { ($1.value ?? 0, $0.key) < ($0.value ?? 0, $1.key) }
        return sorted.prefix(Limits.processesPerDevice).map { process, bytes in
            DeviceProcess(
                process: process, ancestors: ancestors(of: process), name: name(of: process),
                bytes: bytes)
        }
    }

    /// Bytes as a driver gives them; what no device has is not an amount.
    static func bytes(_ bytes: UInt64) -> Int? {
        bytes <= UInt64(Limits.memoryBytes) ? Int(bytes) : nil
    }

    private func larger(_ a: Int?, _ b: Int?) -> Int? {
        guard let a, let b else { return a ?? b }
        return max(a, b)
    }

    /// Programs name themselves, and may do so with anything.
    func name(of process: Int32) -> String {
        let name = SmallFile.line("\(root)/proc/\(process)/comm") ?? ""
        return String(name.map { $0.isASCII && ("!"..."~" ~= $0 || $0 == " ") ? $0 : "?" })
    }

    func ancestors(of process: Int32) -> [Int32] {
        var ancestors: [Int32] = []
        var child = process
        while ancestors.count < Self.ancestors, let parent = parent(of: child), parent > 0 {
            ancestors.append(parent)
            child = parent
        }
        return ancestors
    }

    /// The fourth field of `stat`. The second is the program's name in parentheses, which may have
    /// blanks and parentheses in it.
    private func parent(of process: Int32) -> Int32? {
        guard let text = SmallFile.text("\(root)/proc/\(process)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].dropFirst().split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }
}
