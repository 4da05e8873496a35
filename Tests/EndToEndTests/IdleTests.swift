import Glibc
import SluiceClient
import SluiceWire
import Testing

@Suite struct IdleTests {
    @Test(
        "With nothing to do and its peers attached it makes no system call for ten seconds",
        .disabled(if: Sanitizer.checksThreads, "ThreadSanitizer's own thread wakes by the clock"),
        arguments: [false, true])
    func sleeps(isManaged: Bool) async throws {
        try await beside {
            let scratch = try Scratch()
            let manager = try FakeManager(scratch.file("notify"))
            let daemon = try TestDaemon(
                environment: isManaged ? ["NOTIFY_SOCKET": manager.path] : [:])
            let worker = try daemon.worker()
            try worker.declare("echo")
            try worker.ready(slots: 1)
            let client = try daemon.client()
            let number = try client.submit("echo", .json("[]"))
            try client.flush()
            let grant = try worker.nextGrant()
            try worker.start(grant.id)
            try worker.answer(grant.id, 0, .json("[]"))
            #expect(try worker.nextOrder() == .acknowledge(grant.id, item: nil))
            #expect(try client.outcome(of: number).code == "ok")
            // The manager is told how things stand in the end, some seconds later.
            while isManaged, try manager.next() != ["STATUS=1 queue, 1 worker: idle"] {}
            let tracer = try ChildProcess(["strace", "-f", "-p", "\(daemon.process.id)"])
            let attached = try tracer.errors.line {
                $0.contains("attached") || $0.contains("PTRACE")
            }
            guard attached.contains("attached") else {
                return print("skipped: strace may not attach: \(attached)")
            }
            // It shows the call that the daemon sleeps in, and its result as soon as it has one.
            #expect(try !tracer.errors.showsReturn(for: .seconds(10)))
            withExtendedLifetime((worker, client)) {}
        }
    }
}

extension Output {
    /// Whether a call returns within this time.
    fileprivate func showsReturn(for time: Duration) throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + time
        while clock.now < end {
            if text.contains(") = ") || text.contains("resumed") { return true }
            _ = try awaitMore(within: .seconds(1))
        }
        return false
    }
}
