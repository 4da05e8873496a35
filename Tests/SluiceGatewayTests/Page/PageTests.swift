import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("What the live page is sent, and what it may ask for")
struct PageTests {
    private func measures(queues count: Int = 1) -> DaemonMeasures {
        let queues = (0..<count).map { number in
            var queue = Control.Queue(concurrencyID: "q\(number)")
            queue.waiting = number
            return queue
        }
        var device = Control.Device(device: "d", kind: .simulated)
        device.strangers = [.init(pid: 3, name: "secret", bytes: 1)]
        return DaemonMeasures(
            daemon: Control.Daemon(version: "1", instance: "i", pid: 1), queues: queues,
            functions: [], workers: [], devices: [device], metrics: Control.GetMetrics.Reply())
    }

    private func request(_ id: UInt64, _ state: Control.RequestState) -> Control.Request {
        var request = Control.Request(id: id, function: "f", concurrencyID: "q0")
        (request.state, request.caller, request.user) = (state, "secret", 1000)
        return request
    }

    @Test("Only what waits is listed, the oldest first, and nothing says whose it is")
    func requests() throws {
        let all = [request(1, .running), request(2, .waiting), request(3, .granted)]
        let snapshot = PageSnapshot(
            measures(), waiting: all + [request(4, .waiting)], allowsChanges: false)
        #expect(snapshot.requests.map(\.id) == [2, 4])
        #expect(!String(decoding: snapshot.json, as: UTF8.self).contains("secret"))
        let json = try Value(json: snapshot.json)
        #expect(json["requests"]?.arrayValue?.first?["user"] == .null)
        #expect(json["allows_changes"] == false)
        #expect(json["queues"]?.arrayValue?.first?["concurrency_id"] == "q0")
    }

    @Test("Of more than a page holds the busiest are shown, in their order, and the rest counted")
    func bounds() throws {
        let most = GatewayLimits.pageRows
        let many = (1...UInt64(GatewayLimits.pageRequests + 1)).map { request($0, .waiting) }
        let snapshot = PageSnapshot(
            measures(queues: most + 2), waiting: many, allowsChanges: false)
        #expect(snapshot.queues.map(\.waiting) == Array(2..<most + 2))
        #expect(snapshot.requests.count == GatewayLimits.pageRequests)
        #expect(try Value(json: snapshot.json)["left_out"]?["queues"] == 2)
    }

    @Test("Actions are those there are, with what they need")
    func actions() throws {
        func action(_ text: String) throws -> PageAction? {
            PageAction(try Value(json: text.utf8))
        }
        #expect(try action(#"{"action":"pause","queue":"q"}"#) == .pause(.queue("q")))
        #expect(try action(#"{"action":"resume","function":"f"}"#) == .resume(.function("f")))
        let limit = #"{"action":"limit","queue":"q","limit":"#
        #expect(try action(limit + "2}") == .limit(queue: "q", .number(2)))
        #expect(try action(limit + #""none"}"#) == .limit(queue: "q", .none))
        #expect(try action(limit + #""default"}"#) == .limit(queue: "q", .inherited))
        for wrong in [
            "[]", "{}", #"{"action":"pause"}"#, #"{"action":"forget","queue":"q"}"#, limit + "-1}",
            limit + "1.5}", limit + "null}", #"{"action":"limit","function":"f","limit":1}"#,
        ] {
            #expect(try action(wrong) == nil, "\(wrong)")
        }
    }

    /// As who calls the gateway `gpu.example`, where its operator does.
    private func doorstep(wantsTokens: Bool = false) throws -> Doorstep {
        var settings = GatewaySettings()
        settings.allowedHosts = ["gpu.example"]
        return try Doorstep(settings, wantsTokens: wantsTokens)
    }

    @Test("A name that anybody can make lead here changes nothing, but an address or a token does")
    func names() throws {
        func code(_ host: String, wantsTokens: Bool = false) throws -> String? {
            PageVisitor(
                origin: "http://\(host)", fetchSite: nil, contentType: "application/json",
                host: host
            ).refusal(at: try doorstep(wantsTokens: wantsTokens))?.code
        }
        for host in ["evil.example", "evil.example:7860", "1.2.3.4.evil.example", "1.2.3"] {
            #expect(try code(host) == "host_not_allowed", "\(host)")
            #expect(try code(host, wantsTokens: true) == nil)
        }
        for host in ["192.168.1.7:7860", "[fd00::7]:7860", "gpu.example:7860", "localhost"] {
            #expect(try code(host) == nil, "\(host)")
        }
    }

    @Test("Only the page itself may ask")
    func visitors() throws {
        let doorstep = try doorstep()
        func code(
            _ origin: String?, _ host: String?, site: String? = nil,
            type: String? = "application/json"
        ) -> String? {
            PageVisitor(origin: origin, fetchSite: site, contentType: type, host: host)
                .refusal(at: doorstep)?.code
        }
        for host in ["localhost:7860", "[::1]:7860", "gpu.example"] {
            #expect(code("http://\(host)", host) == nil, "\(host)")
            #expect(code("https://\(host)", host, site: "same-origin") == nil, "\(host)")
        }
        #expect(code(nil, "localhost") == "foreign_origin")
        #expect(code("null", "localhost") == "foreign_origin")
        #expect(code("http://localhost:1", "localhost:2") == "foreign_origin")
        #expect(code("http://localhost", "localhost", site: "same-site") == "foreign_origin")
        #expect(code("http://localhost", nil) == "foreign_origin")
        #expect(code("http://localhost", "localhost", type: "text/plain") == "not_json")
        #expect(code("http://localhost", "localhost", type: nil) == "not_json")
        let parameters = "application/json; charset=utf-8"
        #expect(code("http://localhost", "localhost", type: parameters) == nil)
    }
}
