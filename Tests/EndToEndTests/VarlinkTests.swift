import Foundation
import SluiceWire
import Testing

/// The control socket, asked by a client that nobody here wrote.
@Suite struct VarlinkTests {
    @Test("Python's varlink package reads the interface, calls it, and monitors")
    func otherClient() async throws {
        try await beside {
            guard let package = try Self.package() else {
                return print("skipped: the package varlink cannot be had")
            }
            let daemon = try TestDaemon()
            let client = try ChildProcess(
                ["python3", Places.peer("varlink_client"), daemon.directory + "/control.sock"],
                environment: ["PYTHONPATH": package])
            _ = try client.output.line(containing: "monitoring")
            #expect(try daemon.ctl("set", "--daemon", "max_running=3").end == .code(0))
            let said = try Said(by: client)
            #expect(said.end == .code(0), "\(said.errors)")
            for part in ["vendor Sluice", "running 0", "changed max_running", "refused q"] {
                #expect(said.output.contains(part), "\(said.output)")
            }
        }
    }

    /// Where the package is: beside the build, so that it is fetched once.
    private static func package() throws -> String? {
        let directory = Places.built("e2e-python")
        guard !FileManager.default.fileExists(atPath: directory + "/varlink") else {
            return directory
        }
        let pip = try Said(
            by: ChildProcess([
                "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                "--target", directory, "varlink==31.0.0",
            ]))
        return pip.end == .code(0) ? directory : nil
    }
}
