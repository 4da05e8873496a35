import Glibc
import SluiceClient
import SluiceWire
import Testing

@Suite(.enabled(if: geteuid() == 0, "only root can become somebody else"))
struct PermissionTests {
    @Test("Who is in no group of ours is refused with the group that would do")
    func refused() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        for (words, group) in [
            ("status", "sluice"), ("queues", "sluice"), ("explain 1", "sluice"),
            ("monitor", "sluice"), ("set f max_size=1", "sluice-admin"),
            ("revert f", "sluice-admin"),
            ("pause --daemon", "sluice-admin"), ("reload", "sluice-admin"),
            ("cancel 1", "sluice-admin"), ("forget f", "sluice-admin"),
            ("worker-start w", "sluice-admin"), ("worker-stop w", "sluice-admin"),
        ] {
            let said = try daemon.ctl(words, as: unprivileged)
            #expect(said.end == .code(77), "\(words): \(said.errors)")
            #expect(said.errors.contains("for root and the group \(group)."), "\(said.errors)")
        }
        #expect(try daemon.control().call(Control.Status()).hold == .running)
    }

    @Test("A group read from the configuration may look, another may change")
    func groups() throws {
        let daemon = try TestDaemon(
            configuration: "[function.f]\n[control]\nread_group = 4321\nadmin_group = 4322\n")
        // Supplementary groups count as well as the first one.
        for member in ["--regid=4321 --clear-groups", "--regid=65534 --groups=4321"] {
            let reader =
                ["setpriv", "--reuid=65534"] + member.split(separator: " ").map(String.init)
            #expect(try daemon.ctl("status", as: reader).end == .code(0))
            #expect(try daemon.ctl("set f max_size=1", as: reader).end == .code(77))
        }
        let admin = ["setpriv", "--reuid=65534", "--regid=65534", "--groups=4322"]
        #expect(try daemon.ctl("status", as: admin).end == .code(0))
        #expect(try daemon.ctl("set f max_size=1", as: admin).end == .code(0))
        _ = try daemon.journal.line(containing: "by user 65534")
    }

    @Test("The sockets of clients and workers open for their groups only")
    func sockets() throws {
        let daemon = try TestDaemon()
        let said = try daemon.ctl("submit f", as: unprivileged)
        #expect(said.end == .code(77))
        #expect(said.errors.contains("group sluice"))
        // Without the groups they are for whoever runs the daemon.
        for (name, mode) in [("client", 0o600), ("worker", 0o600), ("control", 0o666)] {
            var status = stat()
            try #require(stat("\(daemon.directory)/\(name).sock", &status) == 0)
            let group = getgrnam("sluice") == nil
            #expect(Int(status.st_mode & 0o777) == (group || mode == 0o666 ? mode : 0o660))
        }
    }

    @Test("A function that lists its users is for them")
    func functions() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\nallow_users = [12345]\n")
        let client = try daemon.client()
        let outcome = try client.outcome(of: try client.submit("f", .json("[]")))
        #expect(outcome.code == "not_permitted")
        #expect(outcome.message.contains("allow_users"))
    }
}

extension TestDaemon {
    fileprivate func ctl(_ words: String, as prefix: [String]) throws -> Said {
        try Said(
            by: ChildProcess(
                prefix + [Places.built("sluicectl")] + words.split(separator: " ").map(String.init),
                environment: ["SLUICE_RUNTIME_DIRECTORY": directory]))
    }
}
