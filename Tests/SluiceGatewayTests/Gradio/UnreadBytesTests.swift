import SluiceGateway
import Testing

@Suite("What waits to be read in all sessions")
struct UnreadBytesTests {
    private let ann = Holder.address("a")
    private let bob = Holder.address("b")

    /// A session of a holder that has so much and gets so much more.
    private func takes(
        _ more: Int, _ unread: inout UnreadBytes, _ holder: Holder, has bytes: Int = 0,
        allInHand: Bool? = nil, isRead: Bool = false
    ) -> Bool {
        let session = UnreadBytes.Session(
            holder: holder, bytes: bytes, hasAllInHand: allInHand ?? (bytes == 0), isRead: isRead)
        return unread.take(more, for: session)
    }

    @Test("One session that is not read gets half of what its holder may have, and no more")
    func one() {
        var unread = UnreadBytes(limit: 400)
        var bytes = 0
        while takes(1, &unread, ann, has: bytes) { bytes += 1 }
        #expect(bytes == 100 && unread.used == 100)
    }

    @Test("However many sessions of one holder are not read, another holder's goes on as it did")
    func others() {
        var unread = UnreadBytes(limit: 4000)
        for _ in 0..<10_000 {
            var bytes = 0
            while bytes < 100, takes(10, &unread, ann, has: bytes) { bytes += 10 }
        }
        #expect(unread.used <= 2000)
        let isTaken = takes(500, &unread, bob)
        #expect(isTaken)
    }

    @Test("However many of one holder are not read, one that reads gets its next message")
    func neighbours() {
        var unread = UnreadBytes(limit: 4000)
        for _ in 0..<10_000 { _ = takes(150, &unread, ann) }
        #expect(unread.used < 2000)
        for size in [1, 300, 1500] {
            let isTaken = takes(size, &unread, ann, isRead: true)
            #expect(isTaken)
            unread.giveBack(size, of: ann)
        }
    }

    @Test("One message has room however large it is; what comes before it was read has not")
    func large() {
        var unread = UnreadBytes(limit: 400)
        var isTaken = takes(1000, &unread, ann)
        #expect(isTaken && unread.used == 1000)
        isTaken = takes(1, &unread, ann, has: 1000)
        #expect(!isTaken)
        // There is nothing left, of which anybody could have a part.
        isTaken = takes(1, &unread, bob)
        #expect(!isTaken)
        unread.giveBack(1000, of: ann)
        #expect(unread.used == 0)
        isTaken = takes(100, &unread, bob)
        #expect(isTaken)
    }

    @Test("Large messages of several leave room for what others are told")
    func severalLarge() {
        var unread = UnreadBytes(limit: 4000)
        let holders = (0..<8).map { Holder.address("\($0)") }
        let taken = holders.map { takes(900, &unread, $0, isRead: true) }
        #expect(taken.contains(false) && unread.used <= 4000)
        let isTaken = takes(10, &unread, bob)
        #expect(isTaken)
    }

    @Test("What is being written counts, and lets the next message come")
    func inHand() {
        var unread = UnreadBytes(limit: 400)
        var isTaken = takes(150, &unread, ann, isRead: true)
        #expect(isTaken)
        isTaken = takes(30, &unread, ann, has: 150, allInHand: false, isRead: true)
        #expect(!isTaken)
        isTaken = takes(30, &unread, ann, has: 150, allInHand: true, isRead: true)
        #expect(isTaken && unread.used == 180)
    }

    @Test("Why a session ended it hears in any case")
    func ended() {
        var unread = UnreadBytes(limit: 10)
        unread.count(50, for: ann)
        #expect(unread.used == 50)
    }
}
