import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("A session keeps what its requests say until its client reads")
struct GradioSessionTests {
    private func session(_ events: String...) throws -> TellingSession {
        var session = TellingSession(.queue)
        for event in events { try session.begin(event) }
        return session
    }

    @Test("Messages come in order, each a line of data and nothing else")
    func order() throws {
        var session = try session("a", "b")
        _ = session.tell("a", .started(attempt: 1))
        _ = session.tell("b", .log(LogLine(.warning, "take\ncare")))
        _ = session.tell("a", .outcome(.result(5)))
        let text = String(decoding: session.take(), as: UTF8.self)
        #expect(text.hasSuffix("\n\n") && !text.contains("\r"))
        let lines = text.dropLast(2).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.enumerated().allSatisfy { $1.hasPrefix("data: {") == ($0 % 2 == 0) })
        let told = try messages(text)
        #expect(told.map { $0["msg"] } == ["process_starts", "log", "process_completed"])
        #expect(told.map { $0["event_id"] } == ["a", "b", "a"])
        #expect(told[1]["level"] == "warning" && told[1]["log"] == "take\ncare")
        #expect(told[2]["output"]?["data"] == [5] && told[2]["success"] == true)
        let rest = session.take()
        #expect(rest.isEmpty && session.pending == 1 && session.bytes == 0)
    }

    @Test("What only says how things are gives way to newer, for each request")
    func coalescing() throws {
        var session = try session("a", "b")
        for rank in [9, 8, 7] {
            for event in ["a", "b"] { _ = session.tell(event, .status(.rank(rank))) }
        }
        _ = session.tell("a", .started(attempt: 1))
        for done: UInt64 in 0..<100 {
            _ = session.tell("a", .progress(Progress(done: done, total: 100)))
        }
        // Where it stood in line is past.
        _ = session.tell("a", .status(.rank(6)))
        let told = try messages(session.take())
        #expect(
            told.map { $0["msg"] } == ["estimation", "estimation", "process_starts", "progress"])
        #expect(told[0]["rank"] == 7 && told[0]["rank_eta"] == 1.5 && told[0]["eta_p90"] == 4.0)
        #expect(told[3]["progress_data"]?.arrayValue?[0]["index"] == 99)
        _ = session.tell("b", .status(.rank(5)))
        let rest = try messages(session.take())
        #expect(rest.map { $0["rank"] } == [5])
    }

    @Test("Parts of a result are whole at first and then what changed; the result is whole")
    func diffs() throws {
        var session = try session("a")
        let values: [Value] = [["t": "x"], ["t": "xy"], ["t": "xyz", "u": 1]]
        for (place, value) in values.enumerated() {
            _ = session.tell("a", .chunk(sequence: UInt64(place), .plain(value)))
        }
        _ = session.tell("a", .outcome(.result(["t": "xyz", "u": 1])))
        let told = try messages(session.take())
        #expect(told[0]["output"]?["data"] == [["t": "x"]])
        #expect(told[1]["output"]?["data"] == [[["append", ["t"], "y"]]])
        var value = values[0]
        for message in told[1...2] {
            let edits = try #require(message["output"]?["data"]?.arrayValue)
            value = try applied(edits[0], to: value)
        }
        #expect(value == values[2])
        #expect(told[3]["output"]?["data"] == [["t": "xyz", "u": 1]])
    }

    @Test("A failure has only the fields that clients can take, and says Cancelled of one")
    func failure() throws {
        var session = try session("a", "b")
        let full = OutcomeReport(.queueFull, message: "no room", retryAfter: .seconds(2))
        _ = session.tell("a", .outcome(RequestOutcome(full, content: Content([]))))
        let gone = OutcomeReport(.cancelledByClient)
        _ = session.tell("b", .outcome(RequestOutcome(gone, content: Content([]))))
        let told = try messages(session.take())
        let allowed: Set = ["error", "duration", "visible", "title", "print_exception"]
        for message in told {
            #expect(allowed.isSuperset(of: message["output"]?.objectValue?.keys.sorted() ?? ["?"]))
            #expect(message["success"] == false)
        }
        #expect(told[0]["output"]?["error"] == "no room" && told[0]["code"] == "queue_full")
        #expect(told[0]["retry_after"] == 2.0)
        #expect(told[1]["output"]?["error"] == "Cancelled")
        #expect(session.pending == 0)
    }

    @Test("A session that is not read ends: its requests are called off, and told why")
    func overrun() throws {
        var session = try session("a", "b", "c")
        let large = String(repeating: "x", count: 3 << 20)
        var ended: [String] = []
        for number in 0..<7 where ended.isEmpty {
            ended += session.tell("a", .log(LogLine(.info, "\(number)")))
            ended += session.tell("a", .chunk(sequence: 0, .plain(.string("\(number)" + large))))
        }
        #expect(ended == ["a", "b", "c"])
        #expect(session.bytes < 4096)
        let refusal = #expect(throws: Refusal.self) { try session.begin("d") }
        #expect(refusal?.code == "slow_reader")
        // Its outcomes come, and say nothing new.
        let more = session.tell("b", .outcome(.result(1)))
        #expect(more.isEmpty)
        let told = try messages(session.take())
        #expect(told.map { $0["event_id"] } == ["a", "b", "c"])
        #expect(told.allSatisfy { $0["code"] == "slow_reader" })
        try session.begin("d")
    }

    @Test("What has ended by then, and is not read, is lost, and its client hears that")
    func overrunOutcome() throws {
        var session = try session("a", "b")
        _ = session.tell("b", .outcome(.result(1)))
        let large = RequestUpdate.chunk(
            sequence: 0, .plain(.string(String(repeating: "x", count: 20 << 20))))
        var ended: [String] = []
        for _ in 0..<2 { ended += session.tell("a", large) }
        #expect(ended == ["a"])
        let told = try messages(session.take())
        #expect(told.map { $0["event_id"] } == ["b", "a"])
        #expect(told.allSatisfy { $0["code"] == "slow_reader" })
    }

    @Test("How things are is told anew in its place, and ends nothing, whatever room there is")
    func stateWithoutRoom() throws {
        var session = try session("a", "b")
        _ = session.tell("b", .status(.rank(9)))
        let large = String(repeating: "x", count: 20 << 20)
        _ = session.tell("a", .chunk(sequence: 0, .plain(.string(large))))
        let ended = session.tell("b", .status(.rank(10)))
        #expect(ended.isEmpty)
        let told = try messages(session.take(atMost: 300))
        #expect(told.map { $0["rank"] } == [10])
    }

    @Test("A result has room when the rest was read, however large it is")
    func large() throws {
        var session = try session("a")
        let text = String(repeating: "x", count: 20 << 20)
        let ended = session.tell("a", .outcome(.result(.string(text))))
        let size = session.take().count
        #expect(ended.isEmpty && size > 20 << 20)
    }

    @Test("What is read in parts comes whole and in order, and states as they are by then")
    func parts() throws {
        var session = try session("a", "b")
        _ = session.tell("a", .status(.rank(9)))
        _ = session.tell("a", .log(LogLine(.info, String(repeating: "x", count: 1000))))
        _ = session.tell("b", .status(.rank(8)))
        _ = session.tell("b", .progress(Progress(done: 1, total: 9)))
        let all = session.bytes
        let first = try messages(session.take(atMost: 300))
        #expect(first.map { $0["rank"] } == [9])
        #expect(session.bytes < all && session.hasUnsent)
        // One that was taken is told anew, and those that were not are replaced.
        _ = session.tell("a", .status(.rank(7)))
        _ = session.tell("b", .status(.rank(6)))
        let large = try messages(session.take(atMost: 300))
        #expect(large.map { $0["msg"] } == ["log"])
        _ = session.tell("b", .progress(Progress(done: 5, total: 9)))
        let rest = try messages(session.take())
        #expect(rest.map { $0["msg"] } == ["estimation", "progress", "estimation"])
        #expect(rest.map { $0["rank"] } == [6, nil, 7])
        #expect(rest[1]["progress_data"]?.arrayValue?[0]["index"] == 5)
        #expect(session.bytes == 0 && !session.hasUnsent)
        _ = session.tell("b", .status(.rank(1)))
        let last = try messages(session.take(atMost: 1))
        #expect(last.map { $0["rank"] } == [1])
    }

    @Test("A state counts for what it says, and one in its place for itself")
    func statesCount() throws {
        var session = try session("a")
        let long = String(repeating: "x", count: 10_000)
        for (done, description) in [long, long, "short"].enumerated() {
            let progress = Progress(done: UInt64(done), total: 3, description: description)
            _ = session.tell("a", .progress(progress))
            #expect(session.bytes > description.utf8.count)
            #expect(session.bytes < description.utf8.count + 1000)
        }
        let told = try messages(session.take())
        #expect(told.count == 1 && session.bytes == 0)
    }

    @Test("A session has so many requests at once and no more")
    func most() throws {
        var session = TellingSession(.queue)
        for number in 0..<GatewayLimits.gradioEvents { try session.begin("\(number)") }
        let refusal = #expect(throws: Refusal.self) { try session.begin("more") }
        #expect(refusal?.code == "too_many_events" && refusal?.status == 429)
        session.forget("0")
        try session.begin("more")
    }

    @Test("Who asked for one request alone is told results alone, and whole ones")
    func call() throws {
        var session = TellingSession(.call)
        try session.begin("a")
        _ = session.tell("a", .status(.rank(1)))
        _ = session.tell("a", .started(attempt: 1))
        _ = session.tell("a", .chunk(sequence: 0, .plain("x")))
        _ = session.tell("a", .chunk(sequence: 1, .plain("xy")))
        _ = session.tell("a", .outcome(.result("xy")))
        let told = [
            "event: generating\ndata: [\"x\"]\n\n", "event: generating\ndata: [\"xy\"]\n\n",
            "event: complete\ndata: [\"xy\"]\n\n",
        ]
        let text = String(decoding: session.take(), as: UTF8.self)
        #expect(text == told.joined())
    }
}

private func messages(_ text: String) throws -> [Value] { try messages(Array(text.utf8)) }

private func messages(_ bytes: [UInt8]) throws -> [Value] {
    try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
        try Value(json: $0.dropFirst("data: ".count).utf8)
    }
}

extension Content {
    fileprivate static func plain(_ value: Value) -> Content {
        Content(value.json, type: "application/json")
    }
}

extension RequestOutcome {
    fileprivate static func result(_ value: Value) -> RequestOutcome {
        RequestOutcome(OutcomeReport(.ok), content: .plain(value))
    }
}

extension StatusUpdate {
    fileprivate static func rank(_ rank: Int) -> StatusUpdate {
        StatusUpdate(
            rank: rank, waiting: 10, p50: .milliseconds(1500), p90: .seconds(4), held: false)
    }
}
