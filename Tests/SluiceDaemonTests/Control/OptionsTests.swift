import Glibc
import Testing

@testable import SluiceDaemon

/// Each in a process of its own: the environment is everybody's.
@Suite struct OptionsTests {
    @Test("Without a word from anybody the usual places hold")
    func usual() async {
        await #expect(processExitsWith: .success) {
            for name in ["SLUICE_RUNTIME_DIRECTORY", "RUNTIME_DIRECTORY", "STATE_DIRECTORY"] {
                unsetenv(name)
            }
            let options = Options()
            #expect(options.configuration == .standard)
            #expect(options.runtimeDirectory == "/run/sluice")
            #expect(options.stateDirectory == nil)
        }
    }

    @Test("The manager's directories are taken, of several the first")
    func manager() async {
        await #expect(processExitsWith: .success) {
            unsetenv("SLUICE_RUNTIME_DIRECTORY")
            setenv("RUNTIME_DIRECTORY", "/run/a:/run/b", 1)
            setenv("STATE_DIRECTORY", "/var/lib/a", 1)
            let options = Options()
            #expect(options.runtimeDirectory == "/run/a")
            #expect(options.stateDirectory == "/var/lib/a")
        }
    }

    @Test("The command line goes before the environment, and that before the manager")
    func order() async {
        await #expect(processExitsWith: .success) {
            setenv("SLUICE_RUNTIME_DIRECTORY", "/mine", 1)
            setenv("RUNTIME_DIRECTORY", "/run/a", 1)
            #expect(Options().runtimeDirectory == "/mine")
            let options = Options(
                configuration: "/c.toml", runtimeDirectory: "/r", stateDirectory: "/s")
            #expect(options.configuration == .named("/c.toml"))
            #expect(options.runtimeDirectory == "/r")
            #expect(options.stateDirectory == "/s")
        }
    }
}
