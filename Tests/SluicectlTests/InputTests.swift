import SluiceWire
import Testing

@testable import sluicectl

private func assignment(_ text: String) -> Result<Assignment, InputError> {
    Result { () throws(InputError) in try Assignment(text) }
}

@Suite("Words on the command line")
struct InputTests {
    @Test(
        "Values are read as a person writes them",
        arguments: [
            ("concurrency_limit=2", Control.SettingValue.number(2)),
            ("concurrency_limit=0", .number(0)), ("concurrency_limit=none", .none),
            ("concurrency_limit=99999999999", .number(99_999_999_999)),
            ("concurrency_limit=", .inherited), ("max_size=default", .inherited),
            ("max_batch_size=8", .number(8)), ("max_batch_delay=50ms", .number(0.05)),
            ("max_batch_delay=0", .number(0)), ("max_wait=2min", .number(120)),
            ("max_wait=1.5", .number(1.5)), ("max_wait=none", .none),
        ])
    func values(text: String, value: Control.SettingValue) throws {
        #expect(try assignment(text).get().value == value)
    }

    @Test(
        "Values that cannot be are refused with what would do",
        arguments: [
            "concurrency_limit=two", "concurrency_limit=-1", "concurrency_limit=1.5",
            "max_batch_size=0", "max_batch_size=none", "max_wait=fast", "max_wait=5 parsecs",
            "max_wait=-1s", "max_size=+1",
        ])
    func badValues(text: String) {
        #expect {
            try assignment(text).get()
        } throws: { error in
            guard case InputError.badValue? = error as? InputError else { return false }
            return true
        }
    }

    @Test("An unknown setting is answered with the nearest known one")
    func unknownKey() {
        #expect(
            assignment("concurency_limit=2")
                == .failure(.unknownKey("concurency_limit", nearest: "concurrency_limit")))
        #expect(assignment("colour=2") == .failure(.unknownKey("colour", nearest: nil)))
        #expect(assignment("colour") == .failure(.notAnAssignment("colour")))
    }

    @Test("Inputs that are JSON are taken as they are, others are strings")
    func inputs() throws {
        let payload = try inputsPayload(
            ["3", "true", "a red fox", "\"quoted\"", "[1, 2]", "{\"a\":null}", "say \"hi\"\n", ""]
        ) { _ in [] }
        #expect(
            String(decoding: payload, as: UTF8.self)
                == #"[3,true,"a red fox","quoted",[1, 2],{"a":null},"say \"hi\"\n",""]"#)
    }

    @Test(
        "What is almost JSON is a string",
        arguments: [
            "[1,]", "{\"a\":1,}", "[,1]", "{\"a\":1", "[1", "[1] [2]", "{a:1}", "{\"a\"}", "'a'",
            "truth", "nul", "01", "1.", ".5", "+1", "-", "1.2.3", "1e", "[1.2.3]", "\"a\tb\"",
            "\"\\x\"", "\"\\u12g4\"", "\"\\u12", "\"", "{\"a\":{\"b\":[-]}}", "\u{A0}1", " ",
            String(repeating: "[", count: 100_000),
        ])
    func almost(_ text: String) { #expect(jsonItem(text) == jsonString(text)) }

    @Test(
        "What is JSON is taken as it is, however it is written",
        arguments: [
            "0", "-0", "-0.5", "1e5", "1E+5", "10.25e-3", "1e999", "true", "false", "null", "[]",
            "{}",
            "[ ]", "{ }", "[[],{}]", "{ \"a\" : [ 1 , { \"\" : null } ] }", "\"\"",
            "\"\\u00e9\\\\\\\"\"",
            "\"\u{1F98A}\"", "\"\u{7f}\"",
        ])
    func exactly(_ text: String) { #expect(jsonItem(text) == text) }

    @Test("JSON loses the space around it and its line ends, nothing else")
    func lines() {
        #expect(jsonItem(" \t[1,\r\n 2]\n") == "[1,   2]")
        #expect(
            jsonItem("\r\n{\"a  b\": \"\u{1F98A}e\u{301}\"}\r\n")
                == "{\"a  b\": \"\u{1F98A}e\u{301}\"}")
        #expect(jsonItem("\n") == "\"\\n\"")
        #expect(jsonItem("1e5 ") == "1e5")
    }

    @Test("A file that is no text is refused, not sent as something else")
    func notText() {
        #expect(throws: InputError.notText("cat.jpg")) {
            _ = try inputsPayload(["@cat.jpg"]) { _ in [0xff, 0xfe, 0x00] }
        }
    }

    @Test("@FILE and - are read by the same rule")
    func files() throws {
        let payload = try inputsPayload(["@prompt.txt", "-", "-1"]) { name in
            name == "-" ? Array("{\"seed\": 3}\n".utf8) : Array("from \(name)".utf8)
        }
        #expect(
            String(decoding: payload, as: UTF8.self)
                == #"["from prompt.txt",{"seed": 3},-1]"#)
    }

    @Test("What is about stored requests alone needs --detached, and they are in no queue")
    func stored() throws {
        func filter(_ words: String...) throws -> Control.ListDetached? {
            try RequestsCommand.parse(words).filter()
        }
        #expect(try filter("gpu") == nil)
        #expect(try filter("--detached") == Control.ListDetached())
        #expect(
            try filter("--detached", "--state", "running", "--function", "f", "--user", "1000")
                == Control.ListDetached(state: .running, function: "f", user: 1000))
        #expect(try filter("--detached", "--user", "root")?.user == 0)
        #expect(throws: InputError.needsDetached("--state")) { try filter("--state", "finished") }
        #expect(throws: InputError.needsDetached("--user")) { try filter("--user", "0") }
        #expect(throws: InputError.detachedHaveNoQueue) { try filter("gpu", "--detached") }
        #expect(throws: InputError.badState("done")) { try filter("--detached", "--state", "done") }
        #expect(throws: InputError.unknownUser("no such user")) {
            try filter("--detached", "--user", "no such user")
        }
    }

    @Test("A change needs exactly one target: forgetting it is not the daemon")
    func targets() throws {
        #expect(throws: InputError.noTarget(verb: "drain")) {
            try target(verb: "drain", queue: nil, function: nil, daemon: false)
        }
        #expect(throws: InputError.targetsDisagree) {
            try target(verb: "drain", queue: "q", function: nil, daemon: true)
        }
        let queue = try target(verb: "set", queue: "q", function: nil, daemon: false)
        #expect(queue == .queue("q"))
    }

    @Test("set reads a queue and settings, or settings of what an option names")
    func setWords() throws {
        func change(_ words: String...) throws -> (Control.Target, [String: Control.SettingValue]) {
            try SetCommand.parse(words).change()
        }
        let queue = try change("gpu", "concurrency_limit=2", "max_size=none")
        #expect(queue.0 == .queue("gpu"))
        #expect(queue.1 == ["concurrency_limit": .number(2), "max_size": .none])
        let daemon = try change("--daemon", "max_running=8")
        #expect(daemon.0 == .daemon)
        let odd = try change("a=b", "max_size=3")
        #expect(odd.0 == .queue("a=b"))
        #expect(throws: InputError.noTarget(verb: "set")) { try change("max_size=3") }
        #expect(throws: InputError.nothingToSet) { try change("gpu") }
        #expect(throws: InputError.setTwice("max_size")) {
            try change("gpu", "max_size=3", "max_size=4")
        }
    }
}
