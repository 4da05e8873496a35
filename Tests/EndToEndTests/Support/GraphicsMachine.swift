import Foundation
import SluiceClient
import Testing

/// A daemon on a machine whose GPUs are what a text says: the library that stands in for NVML is
/// loaded as the real one would be.
final class GraphicsMachine {
    static let gib = 1 << 30
    let daemon: TestDaemon
    private let library: Scratch

    /// - Parameter gpus: how many there are, each of 16 GiB.
    init(gpus: Int, configuration: String = "") throws {
        library = try Scratch()
        try FileManager.default.copyItem(
            atPath: Places.built("libsluice-test-nvml.so"),
            toPath: library.file("libnvidia-ml.so.1"))
        let path = library.file("libnvidia-ml.so.1")
        try Self.state(gpus).write(toFile: "\(path).state", atomically: true, encoding: .utf8)
        daemon = try TestDaemon(
            configuration: """
                [daemon]
                device_sample_interval = "50ms"
                [queue.gpu]
                devices = "all"
                \(configuration)
                """, environment: ["LD_LIBRARY_PATH": library.file("")])
        self.gpus = gpus
    }

    private let gpus: Int

    /// What else the stand-in is to tell; see its source for the words.
    func say(_ lines: String...) throws {
        let text = Self.state(gpus) + lines.map { $0 + "\n" }.joined()
        try text.write(
            toFile: library.file("libnvidia-ml.so.1.state"), atomically: true, encoding: .utf8)
    }

    private static func state(_ gpus: Int) -> String {
        (0..<gpus).map { "gpu GPU-\($0) NVIDIA_Test \($0) \(16 * gib) 0 0 40\n" }.joined()
    }

    /// A worker with a device of its own, once it has it.
    func worker(
        _ functions: String..., device: String = "any", memory: String = "-"
    ) throws -> ChildProcess {
        try startPython(
            "device_worker", [daemon.scratch.file(""), device, memory] + functions,
            in: daemon.directory)
    }

    /// What workers noted, in order: a word and a device each.
    func ledger() throws -> [(word: String, device: String)] {
        let text = try String(contentsOfFile: daemon.scratch.file("ledger"), encoding: .utf8)
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return (String(words[0]), String(words[1]))
        }
    }
}
