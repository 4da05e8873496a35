import Glibc

/// What the kernel says of a process.
public struct ProcessGauge: Sendable {
    public let id: Int32

    public init(_ id: Int32) { self.id = id }

    static var own: ProcessGauge { ProcessGauge(getpid()) }

    /// Processor time of all its threads, and how often one of them was put on a processor.
    /// `schedstat` counts nanoseconds where `stat` counts ticks.
    public var work: Work {
        var work = Work()
        for thread in names(in: "/proc/\(id)/task") {
            let fields = words(of: contents(of: "/proc/\(id)/task/\(thread)/schedstat") ?? "")
            guard fields.count == 3 else { continue }
            work.nanoseconds += Int64(fields[0]) ?? 0
            work.runs += Int(fields[2]) ?? 0
        }
        return work
    }

    public struct Work: Sendable {
        public var nanoseconds: Int64 = 0
        public var runs = 0

        public init() {}

        public static func - (later: Work, earlier: Work) -> Work {
            var work = later
            work.nanoseconds -= earlier.nanoseconds
            work.runs -= earlier.runs
            return work
        }
    }

    /// Memory that it has, in bytes; what sockets hold is the kernel's, and not in it.
    public var residentBytes: Int {
        let lines = (contents(of: "/proc/\(id)/status") ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmRSS:") }) else { return 0 }
        let kibibytes = words(of: line.dropFirst(6)).first.flatMap { Int($0) }
        return (kibibytes ?? 0) * 1024
    }
}
