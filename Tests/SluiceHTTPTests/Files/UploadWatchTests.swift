import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("How an upload goes is told to one who reads")
struct UploadWatchTests {
    private func told(_ reading: UploadReading) async throws -> [String] {
        var told: [String] = []
        try await reading.tell { message in told.append(message["msg"]?.stringValue ?? "?") }
        return told
    }

    @Test("A sign of life takes nothing away from the last news, nor they from it")
    func both() async throws {
        let watch = UploadWatch()
        watch.begin("one")
        let reading = try watch.read("one")
        watch.note("one", "a", 5)
        watch.end("one")
        // Before the reader looked.
        reading.bell.ring(\.isHeartbeatDue)
        #expect(try await told(reading) == ["update", "done"])

        watch.begin("two")
        let other = try watch.read("two")
        other.bell.ring(\.isHeartbeatDue)
        watch.note("two", "a", 5)
        var messages: [String] = []
        await #expect(throws: CancellationError.self) {
            try await other.tell { message in
                messages.append(message["msg"]?.stringValue ?? "?")
                if messages.count == 2 { throw CancellationError() }
            }
        }
        #expect(messages == ["update", "heartbeat"])
    }

    @Test("An upload that does not begin is done after a while")
    func late() async throws {
        let watch = UploadWatch()
        let reading = try watch.read("never")
        let beats = GatewayLimits.uploadWaitSeconds / GatewayLimits.heartbeatSeconds
        var told: [String] = []
        reading.bell.ring(\.isHeartbeatDue)
        try await reading.tell { message in
            told.append(message["msg"]?.stringValue ?? "?")
            reading.bell.ring(\.isHeartbeatDue)
        }
        #expect(told == Array(repeating: "heartbeat", count: beats - 1) + ["done"])
    }
}
