import SluiceWire
import Testing

private func call(_ text: String) throws -> VarlinkCall {
    try VarlinkCall(message: Array(text.utf8))
}

private func refusal(of text: String) throws -> VarlinkServiceError? {
    let call = try call(text)
    do {
        _ = try Control.Call(call)
        return nil
    } catch {
        return error
    }
}

@Suite("Varlink calls and replies")
struct VarlinkMessageTests {
    @Test("A call that a client writes is the call that the service reads")
    func callRoundTrip() throws {
        let sent = Control.Set(
            target: .queue("gpu"),
            values: [
                "concurrency_limit": .number(2), "max_size": .none, "max_wait": .inherited,
            ],
            runtime: true)
        let bytes = sent.message()
        #expect(bytes.last == 0)
        let read = try VarlinkCall(message: bytes.dropLast())
        #expect(read.name == "io.sluice.Control.Set")
        #expect(try Control.Call(read) == .set(sent))
    }

    @Test("Absent, null and empty parameters mean the same")
    func absentParameters() throws {
        for parameters in ["", ",\"parameters\":{}", ",\"parameters\":null"] {
            let call = try call("{\"method\":\"io.sluice.Control.ListQueues\"\(parameters)}")
            #expect(try Control.Call(call) == .listQueues(Control.ListQueues()))
        }
    }

    @Test("Flags are read, and are false when absent")
    func flags() throws {
        let plain = try call("{\"method\":\"a.B\"}")
        #expect(!plain.more && !plain.oneway)
        let flagged = try call("{\"method\":\"a.B\",\"more\":true,\"oneway\":true}")
        #expect(flagged.more && flagged.oneway)
    }

    @Test(
        "What is not a call is refused",
        arguments: ["", "{", "[]", "3", "{}", "{\"method\":3}", "{\"method\":\"a\",\"more\":1}"])
    func notACall(text: String) {
        #expect(throws: VarlinkError.self) { try call(text) }
    }

    @Test("Changing to another protocol is refused: there is none")
    func upgrade() {
        #expect(throws: VarlinkError.self) { try call("{\"method\":\"a.B\",\"upgrade\":true}") }
    }

    @Test("Each way to miss has the standard's own error")
    func misses() throws {
        #expect(
            try refusal(of: "{\"method\":\"io.sluice.Control.Fly\"}")
                == .methodNotFound("io.sluice.Control.Fly"))
        #expect(
            try refusal(of: "{\"method\":\"io.sluice.Other.Status\"}")
                == .interfaceNotFound("io.sluice.Other"))
        #expect(try refusal(of: "{\"method\":\"Status\"}") == .interfaceNotFound(""))
        #expect(
            try refusal(of: "{\"method\":\"io.sluice.Control.Explain\"}")
                == .invalidParameter("id"))
        #expect(
            try refusal(
                of: "{\"method\":\"io.sluice.Control.Explain\",\"parameters\":{\"id\":\"x\"}}")
                == .invalidParameter("id"))
        #expect(
            try refusal(of: "{\"method\":\"io.sluice.Control.Explain\",\"parameters\":[1]}")
                == .invalidParameter("parameters"))
        #expect(try refusal(of: "{\"method\":\"io.sluice.Control.Monitor\"}") == .expectedMore)
    }

    @Test("A target is exactly one thing, so that nothing is drained by omission")
    func targets() throws {
        let bad = [
            "{}", "{\"queue\":\"a\",\"function\":\"b\"}", "{\"daemon\":false}",
            "{\"daemon\":true,\"queue\":\"a\"}", "{\"worker\":-1}",
        ]
        for target in bad {
            let parameters = "{\"target\":\(target)}"
            let text = "{\"method\":\"io.sluice.Control.Drain\",\"parameters\":\(parameters)}"
            #expect(try refusal(of: text) != nil, "\(target)")
        }
        let good: [Control.Target] = [.daemon, .queue("a"), .function("b"), .worker(3)]
        for target in good {
            let read = try VarlinkCall(message: Control.Pause(target: target).message().dropLast())
            #expect(try Control.Call(read) == .pause(Control.Pause(target: target)))
        }
    }

    @Test("Standard errors survive the wire")
    func standardErrors() throws {
        let errors: [VarlinkServiceError] = [
            .interfaceNotFound("a"), .methodNotFound("b"), .methodNotImplemented("c"),
            .invalidParameter("d"), .permissionDenied, .expectedMore,
        ]
        for error in errors {
            let reply = try VarlinkReply(message: error.message.dropLast())
            #expect(VarlinkServiceError(reply) == error)
            #expect(ControlError(reply) == nil)
        }
    }

    @Test("A reply that continues says so, the last one does not")
    func continues() throws {
        let event = Control.Event(kind: .monitoring, happenedAt: 1, message: "m")
        let first = Control.Monitor.message(reply: .init(event: event), continues: true)
        let reply = try VarlinkReply(message: first.dropLast())
        #expect(reply.continues)
        #expect(try reply.parameters(as: Control.Monitor.Reply.self).event == event)
        let last = Control.Reload.message(reply: NoParameters())
        #expect(try !VarlinkReply(message: last.dropLast()).continues)
    }

    @Test("A message that bytes were changed in is read or refused, never a crash")
    func garbage() {
        var state: UInt64 = 2_026
        let whole = Control.Set(
            target: .function("f"), values: ["max_batch_size": .number(4)]
        ).message()
        for _ in 0..<500 {
            var bytes = Array(whole.dropLast())
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            do {
                _ = try Control.Call(VarlinkCall(message: bytes))
            } catch {
                #expect(error is VarlinkError || error is VarlinkServiceError)
            }
        }
    }
}
