import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import sluicectl

@Suite("What submit shows")
struct SubmitViewTests {
    @Test("Progress says where the request stands, in the daemon's own order")
    func progress() throws {
        let updates: [RequestUpdate] = [
            .admitted(RequestID(rawValue: 812), ticket: [], warning: nil),
            .status(.init(rank: 3, waiting: 12, p50: .milliseconds(2100), p90: nil, held: false)),
            .status(.init(rank: 0, waiting: 9, p50: nil, p90: nil, held: false)),
            .status(.init(rank: 0, waiting: 9, p50: nil, p90: nil, held: true)),
            .started(attempt: 1), .started(attempt: 2),
            .progress(.init(done: 3, total: 20, unit: "steps", description: "denoising")),
            .progress(.init(done: 7, total: nil)),
        ]
        let text = updates.map { (progressLine($0) ?? "(nothing)") + "\n" }.joined()
        try expectGolden(text, "submit-progress.txt")
    }

    @Test("An outcome that is no result says why, what to do, and exits with a code of its kind")
    func outcomes() throws {
        var full = outcome(.queueFull, "gpu_queue is full")
        (full.depth, full.limit, full.retryAfter) = (12, 12, .milliseconds(4130))
        let outcomes = [
            full, outcome(.functionError, "ValueError: no such style"),
            outcome(.deadline, ""), outcome(.cancelledByOperator, ""),
        ]
        let text = outcomes.compactMap(complaint)
            .map { "exit \($0.code.rawValue): sluicectl: \($0.message)\n" }.joined()
        try expectGolden(text, "submit-failures.txt")
        #expect(complaint(outcome(.ok, "")) == nil)
        #expect(complaint(outcome(.unknownRequest, "not kept"))?.code == .unknown)
        #expect(complaint(outcome(.storeFull, "full"))?.code == .rejected)
    }

    @Test("JSON holds the result as it is, on one line")
    func json() {
        var done = outcome(.ok, "")
        done.content = .json("{\n  \"a\": [1, 2]\n}\n")
        #expect(
            outcomeJSON(done, request: RequestID(rawValue: 7)) == """
                {"attempts":1,"code":"ok","message":"","outcome":"completed","request":7,\
                "result":{   "a": [1, 2] },"retry_after":null}

                """)
        #expect(chunkJSON(0, .json("1")) == "{\"chunk\":0,\"content\":1}\n")
        #expect(chunkJSON(1, Content([0, 255])) == "{\"chunk\":1,\"content_base64\":\"AP8=\"}\n")
        #expect(
            chunkJSON(2, Content(Array("a\"b".utf8), type: "text/plain"))
                == "{\"chunk\":2,\"content\":\"a\\\"b\"}\n")
    }

    @Test("Text ends with a line end, other bytes are as they came")
    func printing() {
        #expect(printable(.json("1")) == Array("1\n".utf8))
        #expect(printable(.json("1\n")) == Array("1\n".utf8))
        #expect(printable(Content([1, 2])) == [1, 2])
    }

    @Test("What a function logs cannot steer the terminal")
    func remarks() {
        let line = remark(.log(.init(.warning, "hot\n\u{1B}[2J")), style: .plain)
        #expect(line == "warning: hot\n\u{FFFD}[2J\n")
        #expect(remark(.started(attempt: 1), style: .plain) == nil)
    }

    private func outcome(_ code: Code, _ message: String) -> RequestOutcome {
        RequestOutcome(OutcomeReport(code, attempts: 1, message: message), content: Content([]))
    }
}
