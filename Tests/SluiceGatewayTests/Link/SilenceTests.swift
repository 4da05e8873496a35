import SluiceClient
import SluiceGateway
import Testing

@Suite("A daemon that takes connections and says nothing")
struct SilenceTests {
    private let start = ContinuousClock.now
    private let silent = ClientError.silent(socket: "s", for: .seconds(2))

    @Test("Who was asked meanwhile, or comes within a second, is told what the one was who waited")
    func refuses() {
        var silence = Silence()
        #expect(silence.verdict(at: start) == nil)
        silence.note(silent, at: start)
        #expect(silence.verdict(at: start) == silent)
        #expect(silence.verdict(at: start + .milliseconds(999)) == silent)
        #expect(silence.verdict(at: start + .seconds(1)) == nil)
        silence.note(silent, at: start + .seconds(3))
        #expect(silence.verdict(at: start + .seconds(3.5)) == silent)
    }

    @Test("What is known at once each finds out alone")
    func others() {
        var silence = Silence()
        silence.note(.notRunning(socket: "s"), at: start)
        #expect(silence.verdict(at: start) == nil)
    }
}
