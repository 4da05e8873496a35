import Glibc
import SluiceClient
import SluiceWire
import Testing

@Suite struct RoundTripTests {
    @Test("A request goes to a worker and its result to the client")
    func answers() throws {
        let daemon = try TestDaemon()
        _ = try EchoWorker(daemon)
        let client = try daemon.client()
        let number = try client.submit("echo", .json("[1]"))
        let outcome = try client.outcome(of: number)
        #expect(outcome.outcome == .completed)
        #expect(outcome.content == .json("[1]"))
        #expect(try daemon.stop() == .code(0))
    }

    @Test("Progress, logs and partial results of a Python worker reach a Swift client in order")
    func streamsFromPython() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python("streaming_worker")
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        let client = try daemon.client()
        let number = try client.submit("count", .json("[3]"))
        var heard: [String] = []
        let outcome = try client.outcome(of: number) { update in
            switch update {
            case .started(let attempt): heard.append("started \(attempt)")
            case .progress(let progress): heard.append("progress \(progress.done)")
            case .log(let line): heard.append(line.message)
            case .chunk(let sequence, let content):
                heard.append("\(sequence): \(String(decoding: content.bytes, as: UTF8.self))")
            case .admitted, .status, .outcome: break
            }
        }
        #expect(outcome.code == "ok")
        // Progress is coalesced by the worker.
        #expect(heard.contains { $0.hasPrefix("progress") })
        heard.removeAll { $0.hasPrefix("progress") }
        #expect(heard == ["started 1", "counting", "0: 1", "1: 2", "2: 3"])
        worker.send(SIGTERM)
        try #expect(worker.waitForEnd() == .code(0))
    }

    @Test("Python and Swift take each other's large payloads")
    func largeWithPython() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python("plain_worker", "echo")
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        let resident = try daemon.peakResidentBytes
        let client = try daemon.client()
        let content = Content.json("[\"" + String(repeating: "x", count: 8 << 20) + "\"]")
        let outcome = try client.outcome(of: try client.submit("echo", content))
        #expect(outcome.code == "ok")
        // The value alone, without the list of inputs.
        #expect(outcome.content.bytes.count == content.bytes.count - 2)
        try daemon.expectPeakMemory(below: resident + 4 << 20)
        worker.send(SIGTERM)
        try #expect(worker.waitForEnd() == .code(0))
    }
}
