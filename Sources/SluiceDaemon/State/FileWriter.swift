import SluiceModel
import SluiceSystem

/// Replaces files, off the loop's thread, in the order of the writes. One serves all files of the
/// state directory; its thread begins with the first write.
final class FileWriter {
    /// What became of a write, and of those to the same file that it made needless.
    struct Outcome: Sendable {
        let path: String
        /// The number that the write was given.
        let number: UInt64
        /// Why the file is not on the disk; nil: it is.
        let error: SystemError?
    }

    private enum Order: Sendable {
        case write(String, UInt64, @Sendable () -> [UInt8]?)
        case stop
    }

    private var mailbox: Mailbox<Order>?
    private var thread: BackgroundThread?
    /// Where the loop hears what became of its writes.
    let outcomes: Mailbox<Outcome>

    init() throws(SystemError) { outcomes = try Mailbox() }

    /// - Parameters:
    ///   - path: of a file in a directory that only we write to.
    ///   - number: by which the outcome is known; higher than those before for this file.
    ///   - contents: makes what is written, on the writer's thread and only if it will be; nil
    ///     leaves the file as it is.
    func write(
        _ path: String, _ number: UInt64, _ contents: @escaping @Sendable () -> [UInt8]?
    ) {
        do throws(SystemError) {
            try begin().post(.write(path, number, contents))
        } catch {
            outcomes.post(Outcome(path: path, number: number, error: error))
        }
    }

    private func begin() throws(SystemError) -> Mailbox<Order> {
        if let mailbox { return mailbox }
        let mailbox = try Mailbox<Order>()
        thread = try BackgroundThread { [outcomes] in Self.serve(mailbox, outcomes) }
        self.mailbox = mailbox
        return mailbox
    }

    private static func serve(_ mailbox: Mailbox<Order>, _ outcomes: Mailbox<Outcome>) {
        var orders: [Order] = []
        while true {
            mailbox.wait()
            orders.removeAll()
            mailbox.drain(into: &orders)
            for (index, order) in orders.enumerated() {
                switch order {
                case .stop: return
                case .write(let path, let number, let contents):
                    // What is replaced at once need not be written first.
                    guard !isReplaced(path, by: orders[(index + 1)...]), let bytes = contents()
                    else { continue }
                    var failure: SystemError?
                    do throws(SystemError) {
                        try AtomicFile.write(path, bytes)
                    } catch {
                        failure = error
                    }
                    outcomes.post(Outcome(path: path, number: number, error: failure))
                }
            }
        }
    }

    private static func isReplaced(_ path: String, by later: ArraySlice<Order>) -> Bool {
        later.contains { order in
            guard case .write(path, _, _) = order else { return false }
            return true
        }
    }

    /// Waits until everything given so far is written: before the process ends.
    func finish() {
        mailbox?.post(.stop)
        mailbox = nil
        guard let thread = thread.take() else { return }
        thread.join()
    }
}
