import Foundation
import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("Numbers go on over restarts, and never go back")
struct PlacesTests {
    private let directory: String
    private let writer: FileWriter

    init() throws {
        writer = try FileWriter()
        directory = NSTemporaryDirectory() + "sluice-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
    }

    private func removeDirectory() { try? FileManager.default.removeItem(atPath: directory) }

    private func begin(
        _ instance: UInt64 = 1, in boot: String? = "b"
    ) -> (places: Places, beginning: Places.Beginning, troubles: [Places.Trouble]) {
        var places = Places(of: id(instance), in: directory, writer: writer)
        var troubles: [Places.Trouble] = []
        let beginning = places.begin(in: boot, noting: &troubles)
        return (places, beginning, troubles)
    }

    private func id(_ number: UInt64) -> UniqueID { UniqueID(high: 5, low: number) }

    @Test("The first start begins at 1, and nobody can come back to it")
    func first() {
        defer { removeDirectory() }
        let (_, beginning, troubles) = begin()
        #expect(beginning.last.rawValue == 0)
        #expect(beginning.predecessor == nil)
        #expect(troubles.isEmpty)
    }

    @Test("After a kill numbers go on above all that can have been given")
    func killed() {
        defer { removeDirectory() }
        _ = begin()
        let (_, second, _) = begin()
        #expect(second.last.rawValue == Places.block)
        #expect(second.predecessor == Predecessor())
        #expect(begin().beginning.last.rawValue == 2 * Places.block)
    }

    @Test("More is reserved before numbers come near the end of what was")
    func reserves() {
        defer { removeDirectory() }
        var (places, _, _) = begin()
        places.note(RequestID(rawValue: Places.block / 2))
        #expect(places.nextDeadline == nil)
        places.note(RequestID(rawValue: Places.block / 2 + 1))
        places.flush(at: .distantFuture)
        writer.finish()
        #expect(begin().beginning.last.rawValue == Places.block * 3 / 2 + 1)
    }

    @Test("After a stop in peace numbers go on without a gap, and what was left is known")
    func stopped() {
        defer { removeDirectory() }
        var (places, _, _) = begin()
        places.stop(at: RequestID(rawValue: 12), leaving: .init(requests: 3, grants: 1))
        places.note(RequestID(rawValue: 12))
        places.flush(at: .distantFuture)
        writer.finish()
        let (_, beginning, _) = begin()
        #expect(beginning.last.rawValue == 12)
        #expect(beginning.predecessor?.left == .init(requests: 3, grants: 1))
    }

    @Test("Nobody is waited for after an idle stop, nor after a boot")
    func nobody() {
        defer { removeDirectory() }
        var (places, _, _) = begin()
        places.stop(at: RequestID(rawValue: 12), leaving: .init(requests: 0, grants: 0))
        places.flush(at: .distantFuture)
        writer.finish()
        #expect(begin().beginning.predecessor == nil)
        #expect(begin(in: nil).beginning.predecessor != nil)
        #expect(begin(in: "b").beginning.predecessor != nil, "it was not told before")
        #expect(begin(in: "c").beginning.predecessor == nil)
    }

    @Test("Tickets count of the daemon before, and of those before it that were cut short")
    func heritage() {
        defer { removeDirectory() }
        #expect(begin(1).beginning.heritage == [])
        #expect(begin(2).beginning.heritage == [id(1)])
        var (third, beginning, _) = begin(3)
        #expect(beginning.heritage == [id(1), id(2)])
        // Its time to be come back to ends; what the others gave is worth nothing any more.
        third.endHeritage()
        third.flush(at: .distantFuture)
        writer.finish()
        #expect(begin(4).beginning.heritage == [id(3)])
        #expect(begin(5, in: "c").beginning.heritage == [], "nobody survives a boot")
        #expect(begin(6, in: "c").beginning.heritage == [id(5)])
    }

    @Test("Of many that were cut short the last are remembered")
    func longHeritage() {
        defer { removeDirectory() }
        for number in 1...40 { _ = begin(UInt64(number)) }
        let heritage = begin(41).beginning.heritage
        #expect(heritage == (25...40).map { id($0) })
        #expect(heritage?.count == Places.longestHeritage)
    }

    @Test("Of a daemon that did not say whose tickets count any do, until the time is over")
    func unknownHeritage() throws {
        defer { removeDirectory() }
        let path = directory + "/places.json"
        try Data(#"{"version":1,"reserved":7,"boot":"b"}"#.utf8).write(to: URL(filePath: path))
        #expect(begin(1).beginning.heritage == nil)
        var (second, beginning, _) = begin(2)
        #expect(beginning.heritage == nil)
        second.endHeritage()
        second.flush(at: .distantFuture)
        writer.finish()
        #expect(begin(3).beginning.heritage == [id(2)])
    }

    @Test("A damaged file is put aside, and numbers go on from the time")
    func damaged() throws {
        defer { removeDirectory() }
        let path = directory + "/places.json"
        try Data("{".utf8).write(to: URL(filePath: path))
        let (_, beginning, troubles) = begin()
        #expect(beginning.last.rawValue > 1_700_000_000 * Places.block)
        #expect(beginning.predecessor != nil)
        #expect(beginning.heritage == nil)
        #expect(troubles == [.notRead(.damaged(path, aside: path + ".damaged"))])
    }

    @Test("Without a state directory each start begins anew")
    func nowhere() {
        removeDirectory()
        var places = Places(of: id(1), in: nil, writer: writer)
        var troubles: [Places.Trouble] = []
        #expect(places.begin(in: "b", noting: &troubles).predecessor == nil)
        places.note(RequestID(rawValue: Places.block))
        #expect(places.nextDeadline == nil && troubles.isEmpty)
    }
}
