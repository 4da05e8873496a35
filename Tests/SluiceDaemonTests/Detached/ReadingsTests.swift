import SluiceEngine
import SluiceModel
import Testing

@testable import SluiceDaemon

@Suite("What is read out of the store to clients")
struct ReadingsTests {
    /// The readings of one client, and a store that answers when it is told to.
    private final class Library {
        private var readings = Readings()

        private func key(_ number: UInt64) -> Readings.Key {
            Readings.Key(client: ClientID(rawValue: 1), number: RequestNumber(rawValue: number))
        }

        var isEmpty: Bool { readings.isEmpty }

        func fetch(_ number: UInt64) -> Bool {
            let fetch = Fetch(request: RequestID(rawValue: 7))
            return readings.begin(key(number), fetch, by: 1000, isLive: false)
        }

        func leave(_ number: UInt64) -> Bool { readings.leave(key(number)) }

        func end(_ number: UInt64) { readings.end(key(number)) }

        func endAll() { readings.end(all: ClientID(rawValue: 1)) }

        func park(_ number: UInt64) {
            readings.park(key(number), before: .look(RequestID(rawValue: 7)))
        }

        /// What the store is asked since it was looked at last: under which number, and as which
        /// reading.
        func asked() -> [(number: UInt64, serial: UInt64)] {
            readings.takeWanted().compactMap {
                guard case .reading(let key, let serial) = $0.1 else { return nil }
                return (key.number.rawValue, serial)
            }
        }

        /// The store answers; whether that is still of interest.
        func answer(_ question: (number: UInt64, serial: UInt64)) -> Bool {
            readings.answered(key(question.number), serial: question.serial) != nil
        }
    }

    @Test("Who fetches and leaves again and again has no more asked for than who stays")
    func bounded() {
        let library = Library()
        for number in 1...UInt64(1_000) {
            #expect(library.fetch(number))
            #expect(library.leave(number))
        }
        #expect(library.fetch(2_000))
        let first = library.asked()
        #expect(first.count == Readings.perClient)
        // Nothing that was left goes on, and the one that stays has its turn.
        for question in first { #expect(!library.answer(question)) }
        let second = library.asked()
        #expect(second.map(\.number) == [2_000])
        #expect(library.answer(second[0]))
        library.end(2_000)
        #expect(library.isEmpty)
    }

    @Test("The answer for one that was left is not taken for another under its number")
    func sameNumber() {
        let library = Library()
        #expect(library.fetch(1) && library.leave(1) && library.fetch(1))
        let asked = library.asked()
        #expect(!library.answer(asked[0]))
        #expect(library.answer(asked[1]))
    }

    @Test("One that waits for the client, or for its turn, ends at once")
    func idle() {
        let library = Library()
        let most = UInt64(Readings.perClient)
        for number in 1...most + 2 { #expect(library.fetch(number)) }
        let asked = library.asked()
        #expect(library.leave(most + 1))
        #expect(library.answer(asked[0]))
        library.park(1)
        #expect(library.leave(1))
        #expect(library.asked().map(\.number) == [most + 2])
        #expect(!library.leave(1))
    }

    @Test("A client that is gone leaves nothing behind")
    func gone() {
        let library = Library()
        #expect(library.fetch(1) && library.fetch(2) && library.leave(1))
        library.endAll()
        for question in library.asked() { #expect(!library.answer(question)) }
        #expect(library.isEmpty)
    }
}
