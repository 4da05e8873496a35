import SluiceModel
import SluiceWire
import Testing

/// The frames that go with every request are written in one go. They are, byte for byte, the
/// frames of the messages.
@Suite struct PassingTests {
    private let grant = GrantID(rawValue: 0x0102_0304_0506_0708)
    private let number = RequestNumber(rawValue: 77)
    private let request = RequestID(rawValue: 1 << 40)

    @Test("ITEM, inline and in a descriptor", arguments: [false, true])
    func items(hasFile: Bool) {
        withPayload(hasFile) { payload in
            let item = GrantedItem(index: 4095, attempt: 3, request: request, payload: payload)
            let message = written { WorkerOrder.item(grant, item).encode(into: &$0) }
            // Attributes and payload are what an answer has behind its message.
            let kept = written { $0.answer("", payload) }.dropFirst(2)
            let passed = Array(kept).withUnsafeBytes { kept in
                written {
                    $0.item(4095, of: grant, attempt: 3, request, hasFile: hasFile, kept)
                }
            }
            #expect(passed == message)
        }
    }

    @Test("OUTCOME, inline and in a descriptor", arguments: [false, true])
    func outcomes(hasFile: Bool) {
        withPayload(hasFile) { payload in
            let report = OutcomeReport(
                .functionError, attempts: 2, message: "it broke", payload: payload)
            let message = written { ClientEvent.outcome(number, report).encode(into: &$0) }
            let passed = written { $0.answer("it broke", payload) }.withUnsafeBytes { kept in
                written { $0.outcome(number, .functionError, attempts: 2, hasFile: hasFile, kept) }
            }
            #expect(passed == message)
        }
    }

    @Test("ADMITTED, STARTED and ACK")
    func words() throws {
        let ticket = try Array("a ticket".utf8).withUnsafeBytes { try #require(Ticket($0)) }
        let admitted = ClientEvent.admitted(number, Admitted(request: request, ticket: ticket))
        #expect(
            written { $0.admitted(number, request, ticket) }
                == written { admitted.encode(into: &$0) })
        #expect(
            written { $0.started(number, attempt: 9) }
                == written { ClientEvent.started(number, attempt: 9).encode(into: &$0) })
        #expect(
            written { $0.acknowledge(63, of: grant) }
                == written { WorkerOrder.acknowledge(grant, item: 63).encode(into: &$0) })
    }

    private func withPayload(_ hasFile: Bool, _ body: (Payload) -> Void) {
        Array("some payload".utf8).withUnsafeBytes { bytes in
            body(Payload("text/plain", hasFile ? .inDescriptor(size: 1 << 33) : .inline(bytes)))
        }
    }

    private func written(_ write: (inout OutputBuffer) -> Void) -> [UInt8] {
        var out = OutputBuffer()
        write(&out)
        return Array(out.readable)
    }
}
