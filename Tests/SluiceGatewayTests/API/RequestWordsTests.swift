import Foundation
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("What is said with a request, and of it")
struct RequestWordsTests {
    private func request(_ updates: [RequestUpdate]) throws -> KnownRequest {
        var table = RequestTable()
        let name = RequestName.attached(UniqueID(high: 1, low: 2))
        let key = try table.begin(name, function: "f", caller: nil, for: .unknown, tag: 1, at: .now)
        for update in updates { table.take(update, of: key, at: .now) }
        return try #require(table[key])
    }

    private let admitted = RequestUpdate.admitted(RequestID(rawValue: 7), ticket: [], warning: nil)

    private func outcome(_ code: Code, _ content: Content = Content([])) -> RequestUpdate {
        .outcome(RequestOutcome(OutcomeReport(code, message: "so"), content: content))
    }

    @Test("Terms are numbers of seconds within bounds, and truths")
    func terms() throws {
        let said = ["detached": "true", "wait": "2.5", "deadline": "1e1", "max_wait": "0"]
        let terms = try RequestTerms { said[$0].map { [$0, "1"] } ?? [] }
        #expect(terms.options.detached && terms.wait == .milliseconds(2500))
        #expect(terms.options.deadline == .seconds(10) && terms.options.maxWait == .zero)
        #expect(terms.options.queueTimeout == nil && terms.options.execTimeout == nil)
        #expect(RequestTerms.header("queue_timeout") == "Sluice-Queue-Timeout")
    }

    @Test(
        "Other terms are refused by name",
        arguments: [
            ("detached", "yes"), ("wait", "301"), ("wait", "-1"), ("wait", "inf"), ("wait", ""),
            ("wait", "nan"), ("wait", "0x1"), ("deadline", "0"), ("exec_timeout", "1e9"),
        ])
    func badTerms(name: String, value: String) {
        let error = #expect(throws: Refusal.self) {
            try RequestTerms { $0 == name ? [value] : [] }
        }
        // In a header, too, that does not count because the query says it.
        #expect(throws: Refusal.self) { try RequestTerms { $0 == name ? ["1", value] : [] } }
        #expect(error?.status == 400 && error?.code == "bad_parameter")
        #expect(error?.message.contains(name) == true)
    }

    @Test("A body is passed on as it came, under its type")
    func bodies() throws {
        let json = try CallBody.content(
            of: Array("[ 1 ]".utf8), type: "Application/JSON; charset=utf-8")
        #expect(json == Content(Array("[ 1 ]".utf8), type: "application/json"))
        #expect(try CallBody.content(of: [0xff], type: "application/octet-stream").bytes == [0xff])
        #expect(try CallBody.content(of: [], type: nil) == .json("[]"))
        let envelope = Envelope.arguments([1], ["x": 2])
        let content = try CallBody.content(of: envelope, type: Envelope.contentType)
        #expect(content.bytes == envelope)
    }

    @Test(
        "A body that is not what it says is refused",
        arguments: [
            ("", "application/json", 400), ("[1", "application/json", 400),
            ("\u{5}\0\0\0{}", Envelope.contentType, 400), ("", Envelope.contentType, 400),
            ("\u{9}\0\0\0{\"args\":1}", Envelope.contentType, 400),
            ("a=1", "application/x-www-form-urlencoded", 415), ("x", nil, 415),
        ])
    func badBodies(text: String, type: String?, status: Int) {
        let error = #expect(throws: Refusal.self) {
            try CallBody.content(of: Array(text.utf8), type: type)
        }
        #expect(error?.status == status)
    }

    @Test(
        "What is JSON is seen without reading it",
        arguments: [
            "null", " [ ] ", "{}", "-0.5e+3", "[1,2.0,{\"a\":[true,false]}]", "\"\\u00e9\\n\"", "0",
            "1E5", "\t[\r\n1 , 2 ]", "{ \"a\" : 1 , \"\" : {} }",
        ])
    func json(text: String) throws {
        #expect(JSONText.isValid(Array(text.utf8)))
        _ = try Value(json: text.utf8)
    }

    @Test(
        "And so is what is not",
        arguments: [
            "", "[", "[1,]", "{\"a\"}", "{a:1}", "01", "1.", "+1", "nan", "tru", "\"\\x\"", "[] []",
            "\"\u{1}\"", "{\"a\":1,}", "1e", "\"", "-", "[1 2]", "\"\\u12g4\"",
        ])
    func notJSON(text: String) {
        #expect(!JSONText.isValid(Array(text.utf8)))
    }

    @Test("JSON that is nested too deeply is refused, and costs no stack")
    func deep() {
        func nested(_ depth: Int) -> [UInt8] {
            Array(String(repeating: "[", count: depth).utf8)
                + Array(String(repeating: "]", count: depth).utf8)
        }
        #expect(JSONText.isValid(nested(500)) && !JSONText.isValid(nested(513)))
        #expect(!JSONText.isValid(Array(repeating: UInt8(ascii: "["), count: 1 << 20)))
        #expect(!JSONText.isValid([UInt8(ascii: "\""), 0xff, UInt8(ascii: "\"")]))
    }

    @Test("Text that is not UTF-8 is refused")
    func badText() {
        #expect(throws: Refusal.self) { try CallBody.content(of: [0xff], type: "text/plain") }
    }

    @Test("A request is told as it is: waiting with rank and time, running with progress, ended")
    func states() throws {
        let status = StatusUpdate(rank: 2, waiting: 5, p50: .seconds(3), p90: nil, held: false)
        let waiting = try request([admitted, .status(status)]).state
        #expect(waiting["state"] == "waiting" && waiting["rank"] == 2 && waiting["waiting"] == 5)
        #expect(waiting["eta"] == ["p50": .number(3), "p90": .null])
        #expect(waiting["function"] == "f")
        let id = try #require(waiting["id"]?.stringValue)
        #expect(waiting["events"] == .string("/v1/requests/\(id)/events"))
        let progress = Progress(done: 1, total: 4, unit: "steps")
        let running = try request([admitted, .started(attempt: 2), .progress(progress)]).state
        #expect(running["state"] == "running" && running["attempt"] == 2)
        #expect(running["progress"]?["total"] == 4 && running["rank"] == nil)
        let failed = try request([admitted, outcome(.functionError)]).state
        #expect(failed["state"] == "failed" && failed["code"] == "function_error")
    }

    @Test("Events say what came, with a result that is not large")
    func events() throws {
        let updates: [RequestUpdate] = [
            admitted, .started(attempt: 1), .log(LogLine(.info, "hi")),
            .chunk(sequence: 0, .json("[1]")), .chunk(sequence: 1, Content([1])),
            outcome(.ok, .json("{\"a\":1}")),
        ]
        let told = try request(updates).log.events(after: EventPlace(tag: 1))
        #expect(told.map(\.kind) == [.admitted, .started, .log, .chunk, .chunk, .outcome])
        let values = try told.map { try Value(json: $0.data) }
        #expect(values[2] == ["level": "info", "message": "hi"])
        #expect(values[3] == ["sequence": 0, "value": [1]])
        #expect(values[4]["value"] == ["base64": "AQ=="])
        #expect(values[5]["value"] == ["a": 1] && values[5]["result"] != nil)
        let large = Content(Array(repeating: 0, count: GatewayLimits.valueInOutcome + 1))
        let last = try request([admitted, outcome(.ok, large)]).log.events(
            after: EventPlace(tag: 1))
        #expect(try Value(json: try #require(last.last).data)["value"] == nil)
    }

    @Test("A result comes as the function gave it, an envelope as JSON for who does not know ours")
    func results() throws {
        var part = Part([0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f][...])
        (part.dtype, part.shape) = ("<f4", [2, 1])
        let bytes = Envelope.result(
            ["array": .part(0), "raw": .part(1)], parts: [part, Part([1, 2][...])])
        let ended = try request(
            [admitted, outcome(.ok, Content(bytes, type: Envelope.contentType))])
        let plain = Array(#"{"array":[[1.0],[null]],"raw":{"base64":"AQI="}}"#.utf8)
        for accepted in [nil, "*/*", "text/html, application/json;q=0.5"] {
            #expect(
                ResultAnswer(ended, accepted: accepted)
                    == .result(bytes: plain, type: "application/json"))
        }
        for accepted in [Envelope.contentType, "image/png", "*/*, application/x-sluice-json"] {
            #expect(
                ResultAnswer(ended, accepted: accepted)
                    == .result(bytes: bytes, type: Envelope.contentType))
        }
        let text = try request([admitted, outcome(.ok, Content([0x68], type: "text/plain"))])
        #expect(ResultAnswer(text, accepted: nil) == .result(bytes: [0x68], type: "text/plain"))
        let failed = ResultAnswer(try request([admitted, outcome(.queueTimeout)]), accepted: nil)
        guard case .refusal(let refusal) = failed else { throw Surprise() }
        #expect(refusal.status == 504 && refusal.code == "queue_timeout")
        guard case .pending = ResultAnswer(try request([admitted]), accepted: nil) else {
            throw Surprise()
        }
    }

    private struct Surprise: Error {}

    @Test("Arrays become lists, and what JSON has no numbers for is bytes")
    func arrays() {
        func plain(_ bytes: [UInt8], _ dtype: String, _ shape: [Int]) -> Value {
            var part = Part(bytes[...])
            (part.dtype, part.shape) = (dtype, shape)
            return Value.part(0).plain([part])
        }
        #expect(plain([1, 0, 255, 255], "<i2", [2]) == [1, -1])
        #expect(plain([1, 0], "|b1", [1, 2]) == [[true, false]])
        #expect(plain([0, 0x3c], "<f2", []) == 1.0)
        let largest = [UInt8](repeating: 255, count: 8)
        #expect(plain(largest, "<u8", [1]) == [.number(0x1p64)])
        let bytes = ["base64": "AQI=", "dtype": "<i2", "shape": [2]] as Value
        #expect(plain([1, 2], "<i2", [2]) == bytes)
        #expect(plain([1], "<c8", [1])["dtype"] == "<c8")
        #expect(plain([1], "|u1", [.max, .max])["base64"] == "AQ==")
        #expect(plain([1], "|u1", [-1, -1])["base64"] == "AQ==")
        #expect(plain([], "|u1", [0, 3])["base64"] == "")
        #expect(Value.part(3).plain([]) == .null)
    }
}
