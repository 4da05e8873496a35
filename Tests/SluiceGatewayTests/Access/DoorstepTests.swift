import SluiceGateway
import Testing

@Suite("Pages of others are turned away")
struct DoorstepTests {
    private func doorstep(
        origins: [String] = [], hosts: [String] = [], wantsTokens: Bool = false
    ) throws -> Doorstep {
        var settings = GatewaySettings()
        settings.allowedOrigins = origins
        settings.allowedHosts = hosts
        return try Doorstep(settings, wantsTokens: wantsTokens)
    }

    private func visit(
        _ authority: String?, origin: String? = nil, isRead: Bool = true, isLocal: Bool = true
    ) -> Doorstep.Visit {
        var visit = Doorstep.Visit()
        (visit.authority, visit.origin) = (authority, origin)
        (visit.isRead, visit.isLocal) = (isRead, isLocal)
        return visit
    }

    @Test(
        "Over the loopback the gateway has the names of the loopback",
        arguments: [
            "localhost", "LOCALHOST:7860", "localhost.", "127.0.0.1:1", "127.8.9.1", "[::1]:80",
        ])
    func names(authority: String) throws {
        #expect(try doorstep().refusal(of: visit(authority)) == nil)
    }

    @Test(
        "A name that was made to lead here is none of them",
        arguments: [
            "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "",
            "[::1",
            "127.0.1", "evil@localhost", "localhost:99999",
        ])
    func rebinding(authority: String) throws {
        let refusal = try doorstep().refusal(of: visit(authority))
        #expect(refusal?.code == "host_not_allowed" && refusal?.status == 403)
    }

    @Test("The name may be any that was allowed, from elsewhere, or where a token is wanted")
    func otherNames() throws {
        let stranger = visit("gpu.example")
        #expect(try doorstep().refusal(of: visit(nil)) != nil)
        #expect(try doorstep(hosts: ["GPU.example"]).refusal(of: stranger) == nil)
        #expect(try doorstep(wantsTokens: true).refusal(of: stranger) == nil)
        #expect(try doorstep().refusal(of: visit("gpu.example", isLocal: false)) == nil)
    }

    @Test("A page of another origin may change nothing, unless it was allowed to")
    func origins() throws {
        let foreign = visit("localhost:7860", origin: "http://evil.example", isRead: false)
        #expect(try doorstep().refusal(of: foreign)?.code == "origin_not_allowed")
        #expect(try doorstep(origins: ["http://EVIL.example"]).refusal(of: foreign) == nil)
        #expect(try doorstep(origins: ["*"]).refusal(of: foreign) == nil)
        #expect(try doorstep(origins: ["https://evil.example"]).refusal(of: foreign) != nil)
        let sandboxed = visit("localhost:7860", origin: "null", isRead: false)
        #expect(try doorstep().refusal(of: sandboxed)?.code == "origin_not_allowed")
    }

    @Test("The gateway's own page may ask, also behind a proxy that took TLS off")
    func ownPage() throws {
        for (host, origin) in [
            ("localhost:7860", "http://localhost:7860"), ("localhost", "https://localhost"),
            ("localhost:443", "https://localhost"), ("[::1]:7860", "http://[::1]:7860"),
        ] {
            let own = visit(host, origin: origin, isRead: false)
            #expect(try doorstep().refusal(of: own) == nil, "\(origin)")
        }
        let other = visit("localhost:7860", origin: "http://localhost:8000", isRead: false)
        #expect(try doorstep().refusal(of: other) != nil)
    }

    @Test("Only what was allowed is echoed")
    func echo() throws {
        let some = try doorstep(origins: ["https://app.example", "http://localhost:8000"])
        #expect(some.allowed("https://app.example") == "https://app.example")
        #expect(some.allowed("https://app.example:444") == nil)
        #expect(some.allowed(nil) == nil)
        #expect(try doorstep().allowed("https://app.example") == nil)
        let long = "http://" + String(repeating: "x", count: GatewayLimits.origin)
        #expect(try doorstep(origins: ["*"]).allowed(long) == nil)
    }

    @Test(
        "Settings that make no sense are refused",
        arguments: [
            (["app.example"], [String](), false), (["https://app.example/"], [], false),
            (["*"], [], true), ([], ["gpu.example:80"], false), ([], [""], false),
        ])
    func settings(origins: [String], hosts: [String], wantsTokens: Bool) {
        #expect(throws: SettingsError.self) {
            try doorstep(origins: origins, hosts: hosts, wantsTokens: wantsTokens)
        }
    }
}
