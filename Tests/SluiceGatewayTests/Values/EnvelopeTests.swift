import Foundation
import SluiceGateway
import Testing

@Suite("Arguments and results travel in envelopes")
struct EnvelopeTests {
    @Test("What goes in comes out: JSON, numbers that JSON has no word for, and bytes")
    func round() throws {
        let value: Value = [
            "text": "a \"quoted\"\n line", "list": [1, 2.5, true, .null], "$money": 3,
            "nan": .number(.infinity), "picture": .part(0),
        ]
        var part = Part(Array("png".utf8)[...])
        (part.name, part.contentType) = ("cat.png", "image/png")
        let bytes = Envelope.result(value, parts: [part])
        let (back, parts) = try Envelope.value(of: bytes, type: Envelope.contentType)
        #expect(back == value)
        #expect(parts.map(\.name) == ["cat.png"] && parts.map(\.contentType) == ["image/png"])
        #expect(parts.map { Array($0.bytes) } == [Array("png".utf8)])
        #expect(bytes.count % 8 == 0)
    }

    @Test("JSON text is the same for the same value, and what it has no word for is null")
    func text() throws {
        let value: Value = ["b": [1, "x\u{1}"], "a": .part(0), "c": .number(.nan), "d": 1.5]
        let json = String(decoding: value.json, as: UTF8.self)
        #expect(json == #"{"a":null,"b":[1,"x\u0001"],"c":null,"d":1.5}"#)
        #expect(try Value(json: json.utf8)["b"] == [1, "x\u{1}"])
    }

    @Test("Results in plain JSON, text or bytes are understood, too")
    func plain() throws {
        let json = try Envelope.value(of: Array("[1]".utf8), type: "application/json; charset=x")
        #expect(json.value == [1])
        #expect(try Envelope.value(of: Array("hi".utf8), type: "text/plain").value == "hi")
        let (value, parts) = try Envelope.value(of: [1, 2], type: "image/png")
        #expect(value == .part(0) && parts[0].contentType == "image/png")
    }

    @Test(
        "What is no envelope is refused, and nothing beyond its end is read",
        arguments: [
            "", "\u{2}\0\0\0[]", "\u{ff}\0\0\0{}", "\u{2}\0\0\0{}",
            "\u{1f}\0\0\0{\"value\":1,\"parts\":[{\"size\":9}]}",
            "\u{19}\0\0\0{\"value\":{\"$part\":0}}     ", "\u{16}\0\0\0{\"value\":{\"$what\":0}}",
        ])
    func damaged(text: String) {
        let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        #expect(throws: ValueError.self) {
            try Envelope.value(of: bytes, type: Envelope.contentType)
        }
    }

    @Test("What is nested too deeply is refused, and costs no stack")
    func deep() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: ValueError.notJSON) { try Value(json: text.utf8) }
    }
}

@Suite("JSON is read as it is written")
struct JSONTests {
    @Test(
        "Each kind of value",
        arguments: [
            (" null ", .null), ("true", true), ("-12", -12), ("1.5e1", 15.0),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            (#""\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00é""#, "\"\\/\u{8}\u{c}\n\r\tAé😀é"),
            ("[1,[],{}]", [1, [], [:]]), (#"{"a":1,"b":{"a":2},"a":3}"#, ["a": 3, "b": ["a": 2]]),
        ] as [(String, Value)])
    func kinds(text: String, value: Value) throws {
        #expect(try Value(json: text.utf8) == value)
        #expect(try Value(json: value.json) == value)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", " ", "nul", "[1,]", "[1 2]", "{\"a\":}", "{a:1}", "01", "1.", "-", "+1", "1e999",
            "\"",
            "\"\n\"", #""\x""#, #""\ud800""#, #""\ud800\u0041""#, #""\u12g4""#, "1 1", "[",
            "{\"a\":1",
        ])
    func others(text: String) {
        #expect(throws: ValueError.notJSON) { try Value(json: text.utf8) }
    }

    @Test("The last of several fields of one name counts; two spellings of one name are refused")
    func keys() throws {
        #expect(try Value(json: #"{"\u00e9":1,"é":2,"e":3}"#.utf8) == ["é": 2, "e": 3])
        for text in [
            #"{"\u00e9":1,"e\u0301":2}"#, "{\"e\u{301}\":1,\"\u{e9}\":1}",
            #"[{"a":{"\u212b":1,"b":2,"\u00c5":1}}]"#,
        ] {
            let error = #expect(throws: ValueError.self) { try Value(json: text.utf8) }
            guard case .ambiguousKey(let key) = error else {
                Issue.record("\(text) is read")
                continue
            }
            #expect(["é", "Å"].contains(key))
        }
        // Letters of other alphabets that only look the same are other keys.
        let two = try Value(json: #"{"\u0430":1,"a":2,"\ufb01":3,"fi":4}"#.utf8)
        #expect(two.objectValue?.count == 4)
    }

    @Test("Bytes that lie elsewhere than in an array are read, too")
    func storage() throws {
        #expect(try Value(json: "[1,2]".utf8.lazy.map { $0 }) == [1, 2])
        #expect(try Value(json: Array("x[1]".utf8)[1...]) == [1])
    }

    @Test("A byte that is no UTF-8 makes it none")
    func encoding() {
        #expect(throws: ValueError.notJSON) { try Value(json: [0x22, 0xff, 0x22]) }
    }

    @Test("So many values are refused by name: each takes many times what it is written in")
    func many() throws {
        func list(_ count: Int) -> [UInt8] {
            Array("[".utf8) + Array(String(repeating: "0,", count: count - 2).utf8)
                + Array("0]".utf8)
        }
        let limit = 1 << 20
        #expect(try Value(json: list(limit)).arrayValue?.count == limit - 1)
        #expect(throws: ValueError.tooManyValues(limit: limit)) {
            try Value(json: list(limit + 1))
        }
    }
}
