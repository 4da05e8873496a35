import Glibc

/// What the measurement runs on.
public enum Machine {
    /// Processor, cores, memory and kernel, in a line.
    public static var description: String {
        let model =
            (contents(of: "/proc/cpuinfo") ?? "").split(separator: "\n")
            .first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
            .flatMap { $0.split(separator: ":").last } ?? " an unknown processor"
        let kernel = contents(of: "/proc/sys/kernel/osrelease") ?? "?"
        let cores = sysconf(CInt(_SC_NPROCESSORS_ONLN))
        let trimmed = words(of: model).joined(separator: " ")
        let pages = Double(sysconf(CInt(_SC_PHYS_PAGES))) * Double(sysconf(CInt(_SC_PAGESIZE)))
        return "\(trimmed), \(cores) cores, \(figure(pages / Double(1 << 30))) GiB, Linux "
            + words(of: kernel).joined()
    }

    /// The day, as calendars of the whole world write it.
    public static var date: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }

    /// Seconds that all processors together were not idle since the machine started.
    static var busySeconds: Double {
        let line = (contents(of: "/proc/stat") ?? "").prefix { $0 != "\n" }
        // user nice system idle iowait irq softirq steal
        let ticks = words(of: line).dropFirst().prefix(8).map { Double($0) ?? 0 }
        guard ticks.count == 8 else { return 0 }
        return (ticks.reduce(0, +) - ticks[3] - ticks[4]) / Double(sysconf(CInt(_SC_CLK_TCK)))
    }

    /// Lets us have as many descriptors as we may, and says how many that are.
    @discardableResult
    public static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0, getrlimit(resource, &limit) == 0 else {
            return 1024
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Lets our waits end when they are due, and not up to 50 µs later, as the kernel would have
    /// it to save power. Where that is not to be had, an open loop is a little late.
    static func sharpenTimers() {
        let number = open("/proc/self/timerslack_ns", O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { return }
        _ = write(number, "1", 1)
        close(number)
    }
}
