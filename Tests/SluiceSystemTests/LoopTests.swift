import Glibc
import SluiceModel
import Testing

@testable import SluiceSystem

@Suite struct LoopTests {
    private let token = Loop.Token(rawValue: 0xfeed_face_dead_beef)

    @Test("A wait ends at its deadline, not before, and not at the next millisecond")
    func honoursDeadlines() throws {
        let loop = try Loop()
        var ready: [Loop.Readiness] = []
        // The best of several: the machine may be busy, but it cannot be early.
        var least = Duration.seconds(1)
        for _ in 0..<20 {
            let deadline = Loop.now() + .microseconds(300)
            try loop.wait(until: deadline, into: &ready)
            let late = Loop.now() - deadline
            #expect(late >= .zero)
            least = min(least, late)
        }
        #expect(ready.isEmpty)
        #expect(least < .microseconds(500))
    }

    @Test("A deadline in the past still reports what is ready")
    func pollsWhenLate() throws {
        let loop = try Loop()
        let pair = try SocketPair()
        try loop.add(pair.here.number, token: token, interest: .read)
        var ready: [Loop.Readiness] = []
        try loop.wait(until: .distantPast, into: &ready)
        #expect(ready.isEmpty)
        _ = pair.there.send("x")
        try loop.wait(until: .distantPast, into: &ready)
        #expect(ready.map(\.token) == [token])
        #expect(ready.allSatisfy { $0.isReadable && !$0.isWritable && !$0.isHungUp })
    }

    @Test("No deadline and a distant one wait for readiness alone")
    func waitsWithoutDeadline() throws {
        let loop = try Loop()
        let pair = try SocketPair()
        try loop.add(pair.here.number, token: token, interest: .read)
        _ = pair.there.send("x")
        var ready: [Loop.Readiness] = []
        try loop.wait(until: nil, into: &ready)
        #expect(ready.count == 1)
        try loop.wait(until: .distantFuture, into: &ready)
        #expect(ready.count == 1)
    }

    @Test("Interest in writing can be added and dropped")
    func modifies() throws {
        let loop = try Loop()
        let pair = try SocketPair()
        var ready: [Loop.Readiness] = []
        try loop.add(pair.here.number, token: token, interest: .read)
        try loop.modify(pair.here.number, token: token, interest: [.read, .write])
        try loop.wait(until: nil, into: &ready)
        #expect(ready.map(\.isWritable) == [true])
        try loop.modify(pair.here.number, token: token, interest: .read)
        try loop.wait(until: .distantPast, into: &ready)
        #expect(ready.isEmpty)
    }

    @Test("A removed descriptor is heard of no more")
    func removes() throws {
        let loop = try Loop()
        let pair = try SocketPair()
        try loop.add(pair.here.number, token: token, interest: .write)
        try loop.remove(pair.here.number)
        var ready: [Loop.Readiness] = []
        try loop.wait(until: .distantPast, into: &ready)
        #expect(ready.isEmpty)
        #expect(throws: SystemError("epoll_ctl", code: ENOENT)) {
            try loop.remove(pair.here.number)
        }
    }

    @Test("A peer that is gone is reported whatever the interest")
    func reportsHangUp() throws {
        let loop = try Loop()
        let here = try SocketPair().closingThere()
        try loop.add(here.number, token: token, interest: [])
        var ready: [Loop.Readiness] = []
        try loop.wait(until: nil, into: &ready)
        #expect(ready.map(\.isHungUp) == [true])
    }

    @Test("A turn takes in so many events at most, and the rest comes with the next")
    func boundsTurns() throws {
        let loop = try Loop(eventsPerTurn: 2)
        let one = try SocketPair()
        let two = try SocketPair()
        try loop.add(one.here.number, token: Loop.Token(rawValue: 1), interest: .write)
        try loop.add(one.there.number, token: Loop.Token(rawValue: 2), interest: .write)
        try loop.add(two.here.number, token: Loop.Token(rawValue: 3), interest: .write)
        var ready: [Loop.Readiness] = []
        var seen: Set<UInt64> = []
        for _ in 0..<2 {
            try loop.wait(until: .distantPast, into: &ready)
            #expect(ready.count == 2)
            seen.formUnion(ready.map(\.token.rawValue))
        }
        #expect(seen == [1, 2, 3])
    }
}
