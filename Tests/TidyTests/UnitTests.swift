import Foundation
import SluiceGateway
import SluiceModel
import Testing

/// What a booted system would show late: that the units name what the daemon and the manual do.
@Suite("Units, daemon and manual agree")
struct UnitTests {
    static let sockets = ["client", "worker", "control"]

    /// The values of a key in a unit, split into words.
    private func values(of key: String, in unit: String) throws -> [String] {
        try Repository.text(of: "systemd/\(unit)").split(separator: "\n")
            .filter { $0.hasPrefix("\(key)=") }
            .flatMap { $0.dropFirst(key.count + 1).split(separator: " ").map(String.init) }
    }

    @Test("Each socket is where and what the daemon looks for", arguments: sockets)
    func socket(name: String) throws {
        let unit = "sluiced-\(name).socket"
        #expect(try values(of: "ListenStream", in: unit) == ["/run/sluice/\(name).sock"])
        #expect(try values(of: "FileDescriptorName", in: unit) == [name])
        #expect(try values(of: "Service", in: unit) == ["sluiced.service"])
        let daemon = try Repository.text(of: "Sources/SluiceDaemon/Listeners.swift")
        #expect(daemon.contains("case .\(name): \"\(name)\""))
        let group = try #require(try values(of: "SocketGroup", in: unit).first)
        let isOpen = try values(of: "SocketMode", in: unit) == ["0666"]
        #expect(daemon.contains("case .\(name): \(isOpen ? "nil" : "\"\(group)\"")"))
    }

    @Test(
        "The service cannot be without any of its sockets",
        arguments: ["Requires", "Sockets", "Also"])
    func service(key: String) throws {
        let named = Set(try values(of: key, in: "sluiced.service"))
        #expect(named == Set(Self.sockets.map { "sluiced-\($0).socket" }))
    }

    @Test("The gateway's socket is what it looks for, and the service's alone")
    func gateway() throws {
        let unit = "sluice-http.socket"
        #expect(try values(of: "ListenStream", in: unit) == ["127.0.0.1:7860"])
        #expect(try values(of: "FileDescriptorName", in: unit) == ["http"])
        #expect(try values(of: "Service", in: unit) == ["sluice-http.service"])
        for key in ["Requires", "Sockets", "Also"] {
            #expect(try values(of: key, in: "sluice-http.service") == [unit])
        }
        let program = try Repository.text(of: "Sources/SluiceHTTP/Server/Serving.swift")
        #expect(program.contains("handed.take(\"http\")"))
        #expect(GatewaySettings().address == .tcp(host: "127.0.0.1", port: 7860))
    }

    @Test("The preset enables every unit that can be enabled, but the template and the gateway")
    func preset() throws {
        let units = Repository.files(below: "systemd", endingIn: "").filter { path in
            (try? Repository.text(of: path))?.contains("\n[Install]\n") == true
        }
        let enabled = try Repository.matches(
            of: /(?m)^enable (.+)$/, in: "systemd/90-sluice.preset")
        let names = units.map { String($0.dropFirst("systemd/".count)) }
        let gateway = ["sluice-http.service", "sluice-http.socket"]
        let disabled = try Repository.matches(
            of: /(?m)^disable (.+)$/, in: "systemd/90-sluice.preset")
        #expect(Set(disabled) == Set(gateway))
        let others = Set(names).subtracting(gateway).subtracting(["sluice-worker@.service"])
        #expect(Set(enabled) == others)
    }

    @Test("Every user and group that is named is made")
    func accounts() throws {
        let made = Set(
            try Repository.files(below: "systemd", endingIn: ".sysusers").flatMap {
                try Repository.matches(of: /(?m)^[ug] (\S+)/, in: $0)
            })
        var named = Set(
            try Repository.matches(of: /_group = "([a-z-]+)"/, in: "config/sluiced.toml"))
        for path in Repository.files(below: "systemd", endingIn: "") {
            let unit = String(path.dropFirst("systemd/".count))
            for key in ["User", "Group", "SupplementaryGroups", "SocketUser", "SocketGroup"] {
                named.formUnion(try values(of: key, in: unit))
            }
        }
        #expect(named.contains("sluice-worker"))
        // Each worker's own user is made when it starts.
        let dynamic = named.filter { $0.contains("%i") }
        #expect(named.subtracting(["root"]).subtracting(dynamic).isSubset(of: made))
    }

    @Test("The service may have the descriptors that the default limits come to")
    func descriptors() throws {
        let limits = try Repository.matches(
            of: /(?m)^#max_(?:connections|workers|files) = (\d+)/, in: "config/sluiced.toml"
        ).compactMap { Int($0) }
        // Clients, workers, files, and the control socket's.
        try #require(limits.count == 4)
        let workers = try #require(
            try Repository.matches(of: /(?m)^#max_workers = (\d+)/, in: "config/sluiced.toml")
                .first.flatMap { Int($0) })
        let most = try #require(try values(of: "LimitNOFILE", in: "sluiced.service").first)
        // A worker has a descriptor for its process besides.
        #expect(limits.reduce(workers, +) < Int(most) ?? 0)
    }

    @Test(
        "The manual tells the times and limits that the units have",
        arguments: [
            ("sluiced.service", "WatchdogSec=30s", "sluiced.8", "turned for 30\nseconds"),
            ("sluiced.service", "StartLimitIntervalSec=10s", "sluiced.8", "within ten seconds"),
            ("sluiced.service", "StartLimitBurst=5", "sluiced.8", "Five failures"),
            ("sluiced.service", "LimitNOFILE=65536", "sluiced.8", "is 65536"),
            (
                "sluice-http.service", "User=sluice-http", "sluice-http.8",
                "user is\n.Li sluice-http"
            ),
            ("sluice-worker@.service", "TimeoutStopSec=5min", "sluice-worker.7", "5 minutes"),
            ("sluice-worker@.service", "TimeoutStopSec=5min", "sluiced.8", "up to 5 minutes"),
            ("sluice-worker@.service", "RestartSec=10s", "sluice-worker.7", "after 10 seconds"),
        ])
    func figures(unit: String, line: String, page: String, words: String) throws {
        #expect(try Repository.text(of: "systemd/\(unit)").contains("\n\(line)\n"))
        #expect(try Repository.text(of: "man/\(page)").contains(words))
    }

    @Test("polkit lets the daemon start and stop what the daemon takes for a worker, and no more")
    func polkit() throws {
        let rule = try Repository.text(of: "systemd/sluice.rules")
        let pattern = try #require(rule.firstMatch(of: /\n +\/(\^.+\$)\/\.test/)).output.1
        let allowed = try Regex(String(pattern))
        for byte in UInt8(1)...127 {
            let instance = "a\(UnicodeScalar(byte))"
            let unit = "sluice-worker@\(instance).service"
            let isWorker = WorkerUnit(unit: unit) != nil
            #expect((unit.wholeMatch(of: allowed) != nil) == isWorker, "byte \(byte)")
        }
        for unit in [
            "sluiced.service", "sluice-worker@.service", "sluice-worker@.a.service",
            "xsluice-worker@a.service", "sluice-worker@a.service.d",
        ] {
            #expect(unit.firstMatch(of: allowed) == nil, "\(unit)")
        }
        #expect(rule.contains("subject.user === \"sluice\""))
    }

    @Test("The manual shows the drop-in that is shipped")
    func network() throws {
        let shipped = try Repository.text(of: "config/examples/worker-network.conf")
            .split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        #expect(try Repository.text(of: "man/sluice-worker.7").contains(shipped))
    }
}
