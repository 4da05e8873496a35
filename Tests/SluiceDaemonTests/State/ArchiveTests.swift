import Foundation
import SluiceModel
import SluiceStore
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("How the store is, as status shows it")
struct ArchiveTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/sluice-archive-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test("Without a directory there is none")
    func none() throws {
        var events: [StoreEvent] = []
        let archive = try Archive(in: nil, StoreSettings(), noting: &events)
        #expect(Control.Store(archive) == nil)
    }

    @Test("One that is open says how full it is, and how full it may be")
    func open() throws {
        try withDirectory { directory in
            var settings = StoreSettings()
            settings.maxStoredBytes = 2 << 20
            var events: [StoreEvent] = []
            var archive = try Archive(in: directory, settings, noting: &events)
            // An answer comes after all that was said before it.
            #expect(try archive.recover(after: nil).isEmpty)
            let shown = Control.Store(archive)
            #expect(shown?.state == .usable && shown?.reason == nil)
            #expect(shown?.requests == 0 && shown?.maxStoredBytes == 2 << 20)
            #expect((shown?.bytes ?? 0) > 0)
            #expect(shown?.contents.hasPrefix("0 stored requests take ") == true)
            archive.note(.diskFull(true))
            #expect(Control.Store(archive)?.state == .diskFull)
            #expect(Control.Store(archive)?.contents == "the disk is full")
            archive.note(.diskFull(false))
            #expect(Control.Store(archive)?.state == .usable)
            #expect(archive.close() == 0)
        }
    }

    @Test("One that cannot be used says why, and not what is in it")
    func unusable() throws {
        try withDirectory { directory in
            var events: [StoreEvent] = []
            var other = try Archive(in: directory, StoreSettings(), noting: &events)
            var archive = try Archive(in: directory, StoreSettings(), noting: &events)
            let shown = Control.Store(archive)
            #expect(shown?.state == .failed)
            #expect(shown?.reason?.contains("is in use by another process") == true)
            #expect(shown?.requests == nil && shown?.bytes == nil)
            _ = (archive.close(), other.close())
        }
    }
}
