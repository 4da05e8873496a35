import Glibc
import SluiceSystem

/// Counts the system calls of a process with perf(1), which unlike strace(1) does not slow it, so
/// that its batches stay what they are.
struct SyscallCounter {
    private let perf: Child
    /// It counts as long as this child of its own lives, and by the time that says something.
    private let span: pid_t
    private let file: String

    /// nil where there is no perf, or not for us.
    init?(of process: Int32, in directory: TemporaryDirectory) {
        file = directory.file("syscalls")
        let words = [
            "perf", "stat", "--field-separator", ",", "--output", file, "--event",
            "raw_syscalls:sys_enter", "--pid", "\(process)", "--", "sh", "-c",
            "echo $$; exec sleep 600",
        ]
        do {
            perf = try Child(words, errors: "/dev/null")
            guard let id = pid_t(try perf.awaitLine(within: 10)) else { return nil }
            span = id
        } catch {
            return nil
        }
    }

    /// Ends it, and says how many there were.
    func finish() -> Int? {
        kill(span, SIGTERM)
        perf.wait()
        let line = (contents(of: file) ?? "").split(separator: "\n")
            .first { $0.contains("raw_syscalls") }
        return line?.split(separator: ",").first.flatMap { Int($0) }
    }
}
