import Foundation
import Testing

/// Output held against a file of `Tests/Vectors/ctl-output`, where a reviewer reads it as a user
/// will. `SLUICE_UPDATE_VECTORS=1` writes the files anew.
func expectGolden(_ text: String, _ name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Vectors/ctl-output/\(name)")
    if ProcessInfo.processInfo.environment["SLUICE_UPDATE_VECTORS"] == "1" {
        try Data(text.utf8).write(to: file)
    }
    let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text == expected, "\(name)")
}
