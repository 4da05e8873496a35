import SluiceClient
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import sluicectl

@Suite("What the tool says when it cannot")
struct FailureTests {
    static let refusals: [ControlError] = [
        .unknownQueue("gpu_qeue", nearest: "gpu_queue"), .unknownQueue("x", nearest: nil),
        .unknownFunction("captoin", nearest: "caption"), .unknownWorker(9), .unknownRequest(812),
        .unknownDevice("gpu", nearest: "gpu0"), .unknownDevice("x", nearest: nil),
        .deviceLost("gpu2"),
        .notAKey("max_running", of: .queue("gpu_queue"), keys: ["concurrency_limit", "max_size"]),
        .valueOutOfRange(key: "max_size", value: "-1", allowed: "0 or more, or none"),
        .inUse(function: "sdxl"),
        .configurationInvalid([
            .init(
                file: "/etc/sluice/sluiced.toml", line: 3, key: "max_siez", message: "unknown key"),
            .init(file: "/etc/sluice/sluiced.toml.d/gpu.toml", message: "cannot be read"),
        ]),
        .permissionDenied(group: "sluice-admin"), .tooMany("monitors", limit: 64),
        .notRetryable(812, reason: "it has no outcome yet"), .notFinished(812),
        .storeFailed(reason: "sluiced has no state directory to keep requests in"), .storeFull,
        .unitFailed("sluice-worker@caption.service", reason: "it has no command"),
    ]

    static let errors: [ClientError] =
        [
            .unusablePath(""),
            .invalidName("a b"), .closed,
            .notBack(socket: "/run/sluice/client.sock", after: .seconds(60)),
            .streamRestarted(RequestNumber(rawValue: 1)),
            .chunksLost(RequestNumber(rawValue: 1)),
            .unsupported(.methodNotFound("io.sluice.Control.Fly")),
            .dismissed(code: "too_many", message: "more connections than 64"),
            .protocolViolation("not JSON"), .system(SystemError("sendmsg", code: 12)),
        ] + refusals.map { .refused($0) }

    @Test("Every failure says what to do, and has an exit code of its kind")
    func messages() throws {
        let text = Self.errors.map { error in
            let failure = ToolFailure(error, in: .tests)
            return "exit \(failure.code.rawValue): sluicectl: \(failure.message)\n"
        }.joined()
        try expectGolden(text, "failures.txt")
    }

    @Test("Of several requests that were refused each is named; the first gives the exit code")
    func several() {
        let failures = [ToolFailure(notStored: 3), ToolFailure(ControlError.notFinished(4))]
        let all = ToolFailure(all: failures)
        #expect(all?.code == .unknown)
        #expect(all?.messages == failures.map(\.message))
        #expect(ToolFailure(notLive: [5, 6]).message.contains("'sluicectl request ID' shows"))
        #expect(ToolFailure(all: []) == nil)
        #expect(ToolFailure(notKnown: 5).message.contains("request 5 is not known"))
    }

    @Test("What another program says cannot steer the terminal")
    func harmless() {
        let failure = ToolFailure(
            ClientError.dismissed(code: "x", message: "\u{1B}[2J\rgone"), in: .tests)
        #expect(!failure.message.contains("\u{1B}"))
        #expect(!failure.message.contains("\r"))
    }
}
