import Foundation
import SluiceClient
import SluiceSystem
import Testing

@testable import SluiceHTTP

/// One that takes connections and says nothing.
private struct HangingDaemon: ~Copyable {
    let directory: String
    private let listener: UnixListener

    init() throws {
        directory =
            FileManager.default.temporaryDirectory
            .appending(path: "sluice-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        listener = try UnixListener(path: directory + "/client.sock", mode: 0o600)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// How many connected.
    func visitors() throws -> Int {
        var visitors = 0
        while try listener.accept() != nil { visitors += 1 }
        return visitors
    }
}

@Suite("A daemon that hangs")
struct HangingDaemonTests {
    @Test("Costs one who asks the time to find out, and not each in turn")
    func found() async throws {
        let daemon = try HangingDaemon()
        let link = try DaemonLink(runtimeDirectory: daemon.directory)
        let requests = (0..<30).map { _ in link.submit("echo", Content([])) }
        for request in requests {
            await #expect(throws: LinkError.daemonAway) {
                for try await _ in request.updates {}
            }
        }
        // Those who were asked before it was known are answered with the first; however slow the
        // machine is, most are.
        #expect(1..<15 ~= (try daemon.visitors()))
    }
}
