import SluiceEngine
import SluiceModel
import Testing

@testable import SluiceSim

@Suite("What is promised of detached requests over restarts is noticed when it is not kept")
struct CustodyTests {
    private let id = RequestID(rawValue: 7)
    private let first = GrantID(rawValue: 1)
    private let second = GrantID(rawValue: 2)

    @Test("Who is told that it is in is told so of what is on the disk")
    func admission() {
        var custody = Custody()
        custody.admit(id, isKept: true)
        custody.give(id, attempt: 1, isKept: true)
        #expect(custody.takeStories().isEmpty)
        custody.admit(id, isKept: false)
        custody.give(id, attempt: 1, isKept: false)
        #expect(custody.takeStories().count == 2)
    }

    @Test("All are told the outcome that is on the disk, and the same")
    func outcome() {
        var custody = Custody()
        custody.end(id, .ok, kept: .ok)
        custody.end(id, .ok, kept: .ok)
        #expect(custody.takeStories().isEmpty)
        custody.end(id, .ok, kept: nil)
        #expect(custody.takeStories().count == 1)
        custody.end(id, .deadline, kept: .deadline)
        #expect(custody.takeStories().count == 1)
    }

    @Test("What was in is not denied, but by a store that cannot be read")
    func denial() {
        var custody = Custody()
        custody.deny(id, .unknownRequest)
        custody.admit(id, isKept: true)
        custody.deny(id, .storeFailed)
        #expect(custody.takeStories().isEmpty)
        custody.deny(id, .unknownRequest)
        #expect(custody.takeStories().count == 1)
    }

    @Test("What must not run twice does not, unless a crash took the note of its beginning")
    func once() {
        var custody = Custody()
        custody.give(id, attempt: 1, isKept: true)
        custody.begin(once: id, first)
        custody.begin(once: id, first)
        custody.lose(id, noted: 1)
        #expect(custody.takeStories().isEmpty)
        custody.begin(once: id, second)
        #expect(custody.takeStories().count == 1)
        custody.lose(id, noted: 0)
        custody.begin(once: id, first)
        #expect(custody.takeStories().isEmpty)
    }

    @Test("The store notices a second outcome, and what it is told of what it does not have")
    func store() {
        var store = FakeStore()
        var ask = Ask(
            number: RequestNumber(rawValue: 1), body: BodyID(rawValue: 1), bytes: 0)
        ask.isDetached = true
        let row = FakeStore.Row(
            id: id, user: 1, function: "A", ask: ask, storedAt: Instant(nanoseconds: 0))
        let origin = Origin(
            user: 1, session: SessionID(high: 0, low: 1), number: RequestNumber(rawValue: 1))
        let other = RequestID(rawValue: 8)
        let again = FakeStore.Row(
            id: other, user: 1, function: "A", ask: ask, storedAt: Instant(nanoseconds: 0))
        #expect(store.accept(row, from: origin) == .accepted)
        #expect(store.accept(row, from: origin) == .accepted)
        #expect(store.accept(again, from: origin) == .known(id))
        store.start(id, 1)
        store.finish(id, .ok)
        store.finish(id, .ok)
        #expect(store.takeStories().isEmpty)
        store.finish(id, .deadline)
        store.start(id, 2)
        store.finish(other, .ok)
        #expect(store.takeStories().count == 3)
    }
}
