import Foundation
import Glibc
import SluiceModel
import SluiceSystem
import Testing

@testable import SluiceStore

@Suite("Turns and transactions")
struct GroupTests {
    @Test("Turns that queue up share a commit, and each answer comes in order")
    func groups() throws {
        let loss = PowerLoss()
        let scratch = try Scratch()
        var settings = StoreSettings()
        settings.durability = .power
        let store = try Store(in: scratch.path, settings, StoreProbes(vfs: loss.name))
        // While the store opens, which takes it milliseconds.
        let turns: UInt64 = 200
        for number in 1...turns {
            try store.submit(.accept(request(number)), token: number)
            store.flush()
        }
        store.close()
        var news: [StoreNews] = []
        store.take(into: &news)
        let tokens = news.compactMap { news -> UInt64? in
            guard case .answer(let token, .accepted) = news else { return nil }
            return token
        }
        #expect(tokens == Array(1...turns))
        #expect(loss.syncs < Int(turns) / 2)
        #expect(store.outstanding == 0 && store.outstandingBytes == 0)
    }

    @Test("A turn is one commit, however much it has")
    func oneTurn() throws {
        let loss = PowerLoss()
        var settings = StoreSettings()
        settings.durability = .power
        let lab = try StoreLab(settings, StoreProbes(vfs: loss.name, checkpointPages: 1 << 20))
        try lab.ask(.accept(request(1)))
        let before = loss.syncs
        try lab.ask((2...5000).map { .accept(request($0, bytes: [])) })
        #expect(loss.syncs == before + 1)
    }

    @Test("More than may be on its way is refused by name, what is read first, outcomes last")
    func backlog() throws {
        let scratch = try Scratch()
        let store = try Store(in: scratch.path)
        var taken = 0
        // Not flushed: nothing of it can be done before we have looked.
        while submit(.accept(request(UInt64(taken + 1))), to: store) == nil { taken += 1 }
        #expect(taken == StoreLimits.backlog * 12 / 16)
        #expect(submit(.accept(request(1)), to: store) == .backlog)
        #expect(submit(.finish(id(1), ending()), to: store) == nil)
        taken += 1
        #expect(submit(.look(id(1)), to: store) == .backlog)
        while submit(.delete(id(1)), to: store) == nil { taken += 1 }
        #expect(taken == StoreLimits.backlog && store.outstanding == taken)
        #expect(submit(.finish(id(1), ending()), to: store) == .backlog)
        // What is only noted goes beyond: it is small, and wrong for ever where it is missing.
        #expect(submit(.start(id(1), attempt: 1), to: store) == nil)
    }

    @Test("Bytes on their way are bounded, too, and so are those that answers may bring")
    func backlogBytes() throws {
        let scratch = try Scratch()
        let store = try Store(in: scratch.path)
        let bytes = [UInt8](repeating: 0, count: 60 << 20)
        for number: UInt64 in 1...3 {
            #expect(submit(.accept(request(number, bytes: bytes)), to: store) == nil)
        }
        #expect(submit(.accept(request(4, bytes: bytes)), to: store) == .backlog)
        #expect(submit(.result(id(1), upTo: 1000), to: store) == .backlog)
        #expect(submit(.finish(id(1), ending(.ok, bytes)), to: store) == nil)
        #expect(submit(.finish(id(2), ending(.ok, bytes)), to: store) == .backlog)
    }

    @Test("A file that was handed over is closed when it is stored, not with what comes next")
    func closed() throws {
        let lab = try StoreLab()
        weak var handed: StoredFile?
        do {
            let bytes = [UInt8](repeating: 1, count: 100)
            let file = try bytes.withUnsafeBytes {
                StoredFile(try MemoryFile(named: "test", contents: $0))
            }
            handed = file
            var request = request(1)
            request.payload = StoredPayload(nil, .file(file))
            try lab.ask(.accept(request))
        }
        // The answer is there a moment before the thread lets go.
        let end = ContinuousClock.now + .seconds(10)
        while handed != nil, ContinuousClock.now < end { sched_yield() }
        #expect(handed == nil)
    }

    private func submit(_ operation: StoreOperation, to store: Store) -> StoreRefusal? {
        do throws(StoreRefusal) {
            try store.submit(operation, token: 0)
            return nil
        } catch {
            return error
        }
    }

    @Test("A change of durability holds from the next turn on")
    func configured() throws {
        let loss = PowerLoss()
        let lab = try StoreLab(StoreSettings(), StoreProbes(vfs: loss.name))
        try lab.ask(.accept(request(1)))
        let before = loss.syncs
        try lab.ask(.accept(request(2)))
        #expect(loss.syncs == before)
        var settings = StoreSettings()
        settings.durability = .power
        try lab.ask(.configure(settings))
        try lab.ask(.accept(request(3)))
        #expect(loss.syncs > before)
    }

    @Test("Closing waits for what was submitted; after it nothing is taken")
    func closing() throws {
        let scratch = try Scratch()
        let store = try Store(in: scratch.path)
        try store.submit(.accept(request(1)), token: 1)
        store.close()
        #expect(submit(.look(id(1)), to: store) == .unavailable)
        let lab = try StoreLab(in: scratch)
        #expect(try lab.ask(.look(id(1))).request() != nil)
        // Nothing but the file and the ballast is left of an orderly end.
        lab.close()
        #expect(try scratch.names == [StoreFile.name, "\(StoreFile.name).ballast"])
    }
}
