import Foundation
import Glibc
import Testing

@testable import SluiceDaemon

@Suite struct StateDirectoryTests {
    @Test("Only a directory that is ours alone is well; of others it is said what to do")
    func objections() throws {
        let path = "/tmp/sluice-state-\(UUID().uuidString.prefix(8))"
        try #require(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        #expect(StateDirectory.objection(to: path) == nil)
        for mode: mode_t in [0o500, 0o300] {
            try #require(chmod(path, mode) == 0)
            #expect(StateDirectory.objection(to: path) == nil)
        }
        for (mode, text) in [(mode_t(0o701), "0701"), (0o740, "0740"), (0o777, "0777")] {
            try #require(chmod(path, mode) == 0)
            #expect(
                StateDirectory.objection(to: path)
                    == "has mode \(text); run 'chmod 0700 \(path)'")
        }
        guard geteuid() == 0 else { return print("skipped: only root gives directories away") }
        try #require(chmod(path, 0o700) == 0 && chown(path, 65534, 65534) == 0)
        #expect(
            StateDirectory.objection(to: path)
                == "belongs to user 65534; run 'chown -R 0 \(path)', or sluiced as that user")
    }
}
