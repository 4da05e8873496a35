import SluiceModel
import SluiceSystem

/// Processes of workers whose connection is gone and that had devices: what they have they keep
/// until their process ends, so that is waited for. One for each process, however often it came
/// and went.
struct DepartedProcesses: ~Copyable {
    private final class Departed {
        let worker: WorkerID
        let process: Int32
        /// In the loop until it is closed.
        let descriptor: Descriptor

        init(_ worker: WorkerID, _ process: Int32, _ descriptor: consuming Descriptor) {
            self.worker = worker
            self.process = process
            self.descriptor = descriptor
        }
    }

    private var bySerial: [UInt64: Departed] = [:]
    private var serials: [Int32: UInt64] = [:]

    /// Keeps the pidfd of a process that may live on.
    ///
    /// - Returns: whether it is kept; else its end will not be heard of here.
    mutating func keep(
        _ descriptor: consuming Descriptor, of process: Int32, worker: WorkerID
    ) -> Bool {
        guard serials[process] == nil else { return true }
        guard bySerial.count < Limits.workers else { return false }
        serials[process] = worker.rawValue
        bySerial[worker.rawValue] = Departed(worker, process, descriptor)
        return true
    }

    /// The process has ended that the worker of that number was.
    mutating func end(_ serial: UInt64) -> (process: Int32, worker: WorkerID)? {
        guard let departed = bySerial.removeValue(forKey: serial) else { return nil }
        serials[departed.process] = nil
        return (departed.process, departed.worker)
    }
}
