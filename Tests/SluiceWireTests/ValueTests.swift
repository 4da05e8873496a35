import SluiceModel
import Testing

@testable import SluiceWire

@Suite("Values on the wire")
struct ValueTests {
    @Test("A duration of very little is not nothing, and none is longer than the limit")
    func durations() {
        #expect(Duration.zero.wireMicroseconds == 0)
        #expect(Duration.nanoseconds(1).wireMicroseconds == 1)
        #expect(Duration.nanoseconds(1001).wireMicroseconds == 2)
        #expect(Duration.seconds(-5).wireMicroseconds == 0)
        #expect(Duration.seconds(Int64.max).wireMicroseconds == 1_000_000_000_000_000)
        #expect(Duration(wireMicroseconds: 1_000_000_000_000_000) == .seconds(1_000_000_000))
        #expect(Duration(wireMicroseconds: 1_000_000_000_000_001) == nil)
    }

    @Test("Every value of the vocabulary comes back as it went", arguments: Outcome.allCases)
    func outcomes(_ outcome: Outcome) {
        #expect(Outcome(onWire: outcome.onWire) == outcome)
    }

    @Test("Limits and retry rules come back as they went")
    func limitsAndRules() {
        for limit in [Limit.none, .at(0), .at(7), .at(Int(UInt32.max) - 1)] {
            #expect(Limit(onWire: limit.onWire) == limit)
        }
        for rule in RetryRule.allCases { #expect(RetryRule(onWire: rule.onWire) == rule) }
    }

    @Test("Long text is cut between characters, not within one")
    func cutText() {
        let text = String(repeating: "é", count: 10_000)
        #expect(text.prefix(utf8: 16384).utf8.count == 16384)
        #expect(("a" + text).prefix(utf8: 16384).utf8.count == 16383)
        #expect("short".prefix(utf8: 16384) == "short")
    }

    @Test("A message that is too long arrives as far as it may")
    func cutMessage() throws {
        var strings = StringCache()
        let report = OutcomeReport(.functionError, message: String(repeating: "x", count: 99_999))
        let bytes = AnyMessage.clientEvent(.outcome(RequestNumber(rawValue: 1), report)).encoded
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        decoder.feed(bytes)
        let frame = try #require(try decoder.next())
        guard case .outcome(_, let arrived) = try ClientEvent(frame, &strings) else {
            Issue.record("no OUTCOME")
            return
        }
        #expect(arrived.message.utf8.count == Limits.messageBytes)
        #expect(arrived.knownCode == .functionError)
    }

    @Test("Every code belongs on the wire, and a strange one survives with its outcome")
    func codes() throws {
        for code in Code.allCases {
            #expect(Name.isValid(code.rawValue))
            #expect(OutcomeReport(code).outcome == code.outcome)
        }
        var report = OutcomeReport(.functionError)
        report.code = "device_melted"
        #expect(report.knownCode == nil)
        #expect(report.outcome == .failed)
    }

    @Test("A name is 1 to 128 printable characters, without space and slash")
    func names() {
        #expect(Name.isValid("sdxl-turbo_1.0:fp16"))
        #expect(Name.isValid(String(repeating: "n", count: 128)))
        for name in ["", "a b", "a/b", "a\n", "é", String(repeating: "n", count: 129)] {
            #expect(!Name.isValid(name))
        }
    }

    @Test("A ticket holds up to 64 bytes")
    func tickets() {
        for size in 0...64 {
            let bytes = (0..<size).map { UInt8($0) }
            let ticket = bytes.withUnsafeBytes { Ticket($0) }
            #expect(ticket?.withUnsafeBytes { Array($0) } == bytes)
        }
        #expect([UInt8](repeating: 0, count: 65).withUnsafeBytes { Ticket($0) } == nil)
    }

    @Test("Names that share a slot of the cache do not become each other", arguments: 1...5)
    func cachedNames(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var strings = StringCache()
        for _ in 0..<5000 {
            let name = "a-function-with-a-long-name-\(Int.random(in: 0...1000, using: &random))"
            let bytes = Array(name.utf8)
            let cached = bytes.withUnsafeBytes { bytes in
                strings.string(bytes, for: .name, isAllowed: Name.isAllowed)
            }
            #expect(cached == name)
        }
    }

    @Test("A content type that was seen does not become a name")
    func cachedContentType() {
        var strings = StringCache()
        let bytes = Array("application/json".utf8)
        bytes.withUnsafeBytes { bytes in
            let type = strings.string(bytes, for: .contentType, isAllowed: ContentType.isAllowed)
            let name = strings.string(bytes, for: .name, isAllowed: Name.isAllowed)
            #expect(type == "application/json")
            #expect(name == nil)
        }
    }

    @Test("Attributes that nobody knows yet are passed over where they may be")
    func optionalAttributes() throws {
        // SUBMIT of `f` with the attribute 0x8123 of two bytes.
        let bytes: [UInt8] =
            [11, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
            + [1, 0, 0x66, 6, 0, 0x23, 0x81, 2, 0, 9, 9]
        var decoder = FrameDecoder()
        var strings = StringCache()
        decoder.feed(bytes)
        let frame = try #require(try decoder.next())
        let request = try ClientRequest(frame, &strings)
        let plain = Submit(function: "f", payload: .empty)
        #expect(request == .submit(RequestNumber(rawValue: 1), plain))
    }
}
