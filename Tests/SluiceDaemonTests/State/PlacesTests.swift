import Foundation
import SluiceEngine
import SluiceModel
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
        in boot: String? = "b"
    ) -> (places: Places, beginning: Places.Beginning, troubles: [Places.Trouble]) {
        var places = Places(in: directory, writer: writer)
        var troubles: [Places.Trouble] = []
        let beginning = places.begin(in: boot, noting: &troubles)
        return (places, beginning, troubles)
    }

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

    @Test("A damaged file is put aside, and numbers go on from the time")
    func damaged() throws {
        defer { removeDirectory() }
        let path = directory + "/places.json"
        try Data("{".utf8).write(to: URL(filePath: path))
        let (_, beginning, troubles) = begin()
        #expect(beginning.last.rawValue > 1_700_000_000 * Places.block)
        #expect(beginning.predecessor != nil)
        #expect(troubles == [.notRead(.damaged(path, aside: path + ".damaged"))])
    }

    @Test("Without a state directory each start begins anew")
    func nowhere() {
        removeDirectory()
        var places = Places(in: nil, writer: writer)
        var troubles: [Places.Trouble] = []
        #expect(places.begin(in: "b", noting: &troubles).predecessor == nil)
        places.note(RequestID(rawValue: Places.block))
        #expect(places.nextDeadline == nil && troubles.isEmpty)
    }
}
