import SluiceModel
import Testing

@testable import SluiceSim

@Suite("What must hold over restarts is noticed when it does not")
struct LivesTests {
    private let first = ClientID(rawValue: 1)
    private let second = ClientID(rawValue: 2)
    private let id = RequestID(rawValue: 7)

    @Test("A number that was one client's is never another's")
    func owners() {
        var lives = Lives()
        lives.admit(id, of: first)
        lives.beginNext()
        lives.admit(id, of: first)
        #expect(lives.takeStories().isEmpty)
        lives.admit(id, of: second)
        #expect(lives.takeStories().count == 1)
    }

    @Test("A request has one outcome, in whatever life, unless its ticket is brought again")
    func outcomes() {
        var lives = Lives()
        lives.end(id)
        lives.reuse(id)
        lives.end(id)
        #expect(lives.takeStories().isEmpty)
        lives.end(id)
        #expect(lives.takeStories().count == 1)
    }

    @Test("Chunks may come again, and never with a hole")
    func chunks() {
        var lives = Lives()
        for sequence in UInt64(0)...3 { lives.pass(sequence, of: id, after: 3) }
        #expect(lives.takeStories().isEmpty)
        lives.pass(5, of: id, after: 3)
        #expect(lives.takeStories().count == 1)
    }
}
