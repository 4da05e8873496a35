import Glibc
import Testing

@testable import SluiceSystem

// In processes of their own, since the manager's descriptors have fixed numbers.
@Suite struct ListenDescriptorsTests {
    @Test("The manager's descriptors are taken by name, once, and the rest closed")
    func takesByName() async {
        await #expect(processExitsWith: .success) {
            let name = "sluice-passed"
            let file = try outOfTheWay(memoryFile(name))
            let passed = PassedDescriptors(file, count: 3, names: "client:worker:client")
            #expect(openDescriptors(containing: name).count == 4)
            do {
                var descriptors = try ListenDescriptors()
                #expect(descriptors.names == ["client", "worker", "client"])
                let client = descriptors.take("client")?.surrender()
                #expect(client == 3)
                #expect(descriptors.take("control")?.number == nil)
                #expect(descriptors.names == ["worker", "client"])
                let flags = fcntl(3, F_GETFD)
                #expect(flags & FD_CLOEXEC != 0)
            }
            // Ours, and the one taken.
            #expect(openDescriptors(containing: name).count == 2)
            #expect(getenv("LISTEN_FDS") == nil)
            passed.restore()
        }
    }

    @Test("Without a manager there are none")
    func findsNone() async {
        await #expect(processExitsWith: .success) {
            unsetenv("LISTEN_FDS")
            let descriptors = try ListenDescriptors()
            #expect(descriptors.names.isEmpty)
        }
    }
}

/// Above the numbers that the manager uses.
private func outOfTheWay(_ descriptor: consuming Descriptor) throws(SystemError) -> Descriptor {
    try Descriptor(of: "fcntl", returned: fcntl(descriptor.number, F_DUPFD, 64))
}

/// Puts descriptors where a manager would, for as long as nobody needs what was there: the child
/// that runs the test reports through a descriptor of its own.
private struct PassedDescriptors {
    private var saved: [(number: CInt, copy: CInt)] = []

    init(_ file: borrowing Descriptor, count: CInt, names: String) {
        for number in 3..<(3 + count) {
            saved.append((number, fcntl(number, F_DUPFD, 64)))
        }
        for number in 3..<(3 + count) { dup2(file.number, number) }
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "\(count)", 1)
        setenv("LISTEN_FDNAMES", names, 1)
    }

    func restore() {
        for (number, copy) in saved where copy >= 0 { dup2(copy, number) }
    }
}
