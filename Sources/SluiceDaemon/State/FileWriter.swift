import Dispatch
import SluiceSystem

/// Replaces one file, off the loop's thread, in the order of the writes.
final class FileWriter: Sendable {
    private let path: String
    private let queue = DispatchQueue(label: "sluice.state")

    init(path: String) { self.path = path }

    func write(_ bytes: [UInt8]) {
        queue.async { [path] in
            do {
                try AtomicFile.write(path, bytes)
            } catch {
                Report().failed(
                    "\(error); the latest change is in force, but not kept over a restart")
            }
        }
    }

    /// Waits until everything given so far is written: before the process ends.
    func finish() { queue.sync {} }
}
