import SluiceModel
import SluiceSystem

/// Replaces files, off the loop's thread, in the order of the writes. One serves all files of the
/// state directory; its thread begins with the first write.
final class FileWriter {
    private enum Order: Sendable {
        case write(String, @Sendable () -> [UInt8]?)
        case stop
    }

    private var mailbox: Mailbox<Order>?
    private var thread: BackgroundThread?
    private var report = Report()

    /// - Parameters:
    ///   - path: of a file in a directory that only we write to.
    ///   - contents: makes what is written, on the writer's thread and only if it will be; nil
    ///     leaves the file as it is.
    func write(_ path: String, _ contents: @escaping @Sendable () -> [UInt8]?) {
        do {
            try begin().post(.write(path, contents))
        } catch {
            report.say(.stateNotWritten(path, error))
        }
    }

    private func begin() throws(SystemError) -> Mailbox<Order> {
        if let mailbox { return mailbox }
        let mailbox = try Mailbox<Order>()
        thread = try BackgroundThread { Self.serve(mailbox) }
        self.mailbox = mailbox
        return mailbox
    }

    private static func serve(_ mailbox: Mailbox<Order>) {
        var orders: [Order] = []
        // Its own, because the loop's belongs to the loop's thread.
        var report = Report()
        while true {
            mailbox.wait()
            orders.removeAll()
            mailbox.drain(into: &orders)
            for (index, order) in orders.enumerated() {
                switch order {
                case .stop: return report.tellLeftOut(at: .distantFuture)
                case .write(let path, let contents):
                    // What is replaced at once need not be written first.
                    guard !isReplaced(path, by: orders[(index + 1)...]), let bytes = contents()
                    else { continue }
                    do {
                        try AtomicFile.write(path, bytes)
                    } catch {
                        report.say(.stateNotWritten(path, error))
                    }
                }
            }
        }
    }

    private static func isReplaced(_ path: String, by later: ArraySlice<Order>) -> Bool {
        later.contains { order in
            guard case .write(path, _) = order else { return false }
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
