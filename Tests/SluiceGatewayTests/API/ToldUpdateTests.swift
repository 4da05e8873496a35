import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("What the daemon says is told as JSON, made before anybody keeps it")
struct ToldUpdateTests {
    /// The events of a request that was told so.
    private func events(_ updates: [RequestUpdate]) throws -> [(EventKind, Value)] {
        var table = RequestTable()
        let key = try table.begin(
            .attached(UniqueID(high: 1, low: 2)), function: "f", caller: nil, for: .unknown,
            tag: 1, at: .now)
        for told in updates.map({ ToldUpdate($0) }) { table.take(told, of: key, at: .now) }
        let log = try #require(table[key]?.log)
        return try log.events(after: EventPlace(tag: 1), upTo: 1 << 30).map {
            ($0.kind, try Value(json: $0.data))
        }
    }

    @Test("Each update is an event, with its value as JSON can say it")
    func all() throws {
        let id = RequestID(rawValue: 7)
        let name = RequestName.attached(UniqueID(high: 1, low: 2))
        var part = Part([1, 0, 2, 0])
        (part.dtype, part.shape) = ("<i2", [2, 1])
        let array = Content(
            Envelope.result(["a": .part(0)], parts: [part]), type: Envelope.contentType)
        let told = try events([
            .admitted(id, ticket: [], warning: "slow"), .started(attempt: 1),
            .chunk(sequence: 0, .json("[1,\"x\"]")), .chunk(sequence: 1, Content([1, 2])),
            .chunk(sequence: 2, array), .progress(Progress(done: 1, total: nil, unit: "steps")),
            .log(LogLine(.warning, "hot")),
            .outcome(RequestOutcome(OutcomeReport(.ok), content: .json("{\"b\":null}"))),
        ])
        #expect(
            told.map(\.0) == [
                .admitted, .started, .chunk, .chunk, .chunk, .progress, .log, .outcome,
            ])
        #expect(
            told[0].1 == ["id": .string(name.text), "function": "f", "warning": "slow"])
        #expect(told[1].1 == ["attempt": 1])
        #expect(told[2].1 == ["sequence": 0, "value": [1, "x"]])
        #expect(told[3].1 == ["sequence": 1, "value": ["base64": "AQI="]])
        #expect(told[4].1 == ["sequence": 2, "value": ["a": [[1], [2]]]])
        #expect(
            told[5].1 == ["done": 1, "total": .null, "unit": "steps", "description": ""])
        #expect(told[6].1 == ["level": "warning", "message": "hot"])
        #expect(told[7].1["value"] == ["b": .null])
        #expect(told[7].1["result"] == .string(APIPath.result(name)))
        #expect(told[7].1["outcome"] == "completed" && told[7].1["code"] == "ok")
    }

    @Test("A result that is large, or none, is not in the outcome")
    func outcomes() throws {
        let large = Content([UInt8](repeating: 0, count: GatewayLimits.valueInOutcome + 1))
        for (code, content) in [(Code.ok, large), (.functionError, .json("[1]"))] {
            let told = try events([
                .outcome(RequestOutcome(OutcomeReport(code, message: "so"), content: content))
            ])
            #expect(told.map(\.0) == [.outcome] && told[0].1["value"] == nil)
            #expect(told[0].1["message"] == "so")
        }
    }

    @Test("JSON with two keys that are the same text is told as the bytes that it is")
    func ambiguous() throws {
        let told = try events([.chunk(sequence: 0, .json(#"{"\u00e9":1,"e\u0301":2}"#))])
        #expect(told[0].1["value"]?["base64"] != nil)
    }
}
