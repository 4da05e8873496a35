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
}
