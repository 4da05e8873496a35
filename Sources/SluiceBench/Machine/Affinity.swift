/// On which processors we and the processes that we start from now on may run.
public enum Affinity {
    /// As the kernel writes it: `0-3,8`.
    public static var list: String {
        let lines = (contents(of: "/proc/self/status") ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
        return words(of: line).last.map(String.init) ?? "0"
    }

    /// The first of them.
    static var first: String { String(list.prefix { $0.isNumber }) }

    public static func set(_ list: String) throws(BenchError) {
        let own = "\(ProcessGauge.own.id)"
        let taskset = try Child(["taskset", "--cpu-list", "--pid", list, own])
        taskset.wait()
        guard Self.first == String(list.prefix { $0.isNumber }) else {
            throw .child(program: "taskset", trouble: "did not take the processors \(list)")
        }
    }
}
