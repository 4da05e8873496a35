import Glibc
import Testing

@testable import SluiceSystem

/// Stands in for the manager: owns the socket that `$NOTIFY_SOCKET` names. In a process of its own
/// only, for the environment is everybody's.
struct FakeManager: ~Copyable {
    private let directory: TestDirectory
    private let socket: Descriptor

    init() throws {
        let directory = try TestDirectory()
        let path = directory.file("notify")
        // SOCK_DGRAM
        let socket = try Descriptor(
            of: "socket", returned: Glibc.socket(AF_UNIX, 2 | O_NONBLOCK, 0))
        try #require(UnixAddress(path).bind(socket) == 0)
        setenv("NOTIFY_SOCKET", path, 1)
        self.directory = directory
        self.socket = socket
    }

    /// The next message, or nil if none is there.
    func next() -> String? { socket.receiveText() }
}

@Suite struct NotifyTests {
    @Test("The manager is told of every change of state")
    func tells() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            try #expect(Notify.ready())
            #expect(manager.next() == "READY=1")
            try Notify.ready(status: "serving")
            #expect(manager.next() == "READY=1\nSTATUS=serving")
            try Notify.reloading(at: Loop.now())
            let reloading = manager.next() ?? ""
            #expect(reloading.hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
            #expect(!reloading.hasSuffix("="))
            try Notify.reloading(at: Loop.now(), status: "reading")
            #expect(manager.next()?.hasSuffix("\nSTATUS=reading") == true)
            try Notify.stopping(status: "going")
            #expect(manager.next() == "STOPPING=1\nSTATUS=going")
            try Notify.watchdog()
            #expect(manager.next() == "WATCHDOG=1")
            #expect(manager.next() == nil)
        }
    }

    @Test("A status cannot smuggle in another assignment")
    func keepsStatusOnOneLine() async {
        await #expect(processExitsWith: .success) {
            let manager = try FakeManager()
            try Notify.status("a\nREADY=1\r\nb")
            #expect(manager.next() == "STATUS=a READY=1 b")
        }
    }

    @Test("Without a manager nothing is sent and nothing fails")
    func worksAlone() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            try #expect(!Notify.ready())
        }
    }

    @Test("The watchdog's interval is the manager's, if it means this process")
    func readsInterval() async {
        await #expect(processExitsWith: .success) {
            unsetenv("WATCHDOG_USEC")
            unsetenv("WATCHDOG_PID")
            try #expect(Notify.watchdogInterval() == nil)
            setenv("WATCHDOG_USEC", "2000000", 1)
            try #expect(Notify.watchdogInterval() == .seconds(2))
            setenv("WATCHDOG_PID", "1", 1)
            try #expect(Notify.watchdogInterval() == nil)
        }
    }
}
