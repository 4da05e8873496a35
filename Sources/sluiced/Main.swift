import ArgumentParser
import SluiceDaemon
import SluiceModel
import SluiceSystem

/// The command line of sluiced: where things are, and nothing that the configuration can say.
@main
struct Sluiced: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluiced",
        abstract: "Own this machine's GPUs and the queues in front of them.",
        discussion: """
            Runs in the foreground until SIGTERM. Under systemd it takes its sockets, directories \
            and watchdog from the manager. See sluiced(8).
            """,
        version: version)

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "Read this file, and the drop-ins FILE.d/*.toml, instead of the usual one.",
            discussion: "Default: \(ConfigurationSource.standardPath), which need not exist.",
            valueName: "FILE"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where the sockets are.",
            discussion: "Default: $SLUICE_RUNTIME_DIRECTORY, the manager's, or /run/sluice.",
            valueName: "DIR"))
    var runtimeDirectory: String?

    @Option(
        help: ArgumentHelp(
            "Where changes, learned times, detached requests and their results are kept.",
            discussion: """
                Default: the manager's; without one nothing is kept, and detached requests are \
                refused.
                """,
            valueName: "DIR"))
    var stateDirectory: String?

    @Flag(help: "Say what is wrong with the configuration, if anything, and exit.")
    var checkConfig = false

    mutating func run() throws {
        let options = Options(
            configuration: config, runtimeDirectory: runtimeDirectory,
            stateDirectory: stateDirectory)
        do {
            if checkConfig { return try check(options) }
            // Before any thread starts: threads inherit the mask.
            try Signal.block()
            Signal.ignoreBrokenPipes()
            raiseDescriptorLimit()
            var daemon = try Daemon(options)
            try daemon.run()
        } catch let error as DaemonError {
            error.log()
            throw ExitCode(error.exitStatus)
        } catch let error as SystemError {
            DaemonError.system(error).log()
            throw ExitCode.failure
        }
    }

    private func check(_ options: Options) throws(DaemonError) {
        do {
            let configuration = try CheckedConfiguration(loading: options.configuration)
            for warning in configuration.warnings {
                Journal().send(.warning, "warning: \(warning)")
            }
        } catch {
            throw .configuration(error.all)
        }
    }
}
