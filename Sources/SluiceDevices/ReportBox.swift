import SluiceSystem
import Synchronization

/// Reports on their way to the loop, and how many it has not taken yet: a loop that is late is not
/// told a thousand times how things were.
final class ReportBox: Sendable {
    /// Reports beyond which troubles and notes are left out: it was told, again and again.
    static let bound = 256

    let mailbox: Mailbox<DeviceReport>
    private let unread = Atomic(0)
    private let unreadSamples = Atomic(0)

    init() throws(SystemError) { mailbox = try Mailbox() }

    func post(_ report: DeviceReport) {
        switch report {
        // Answers to what was asked for, and bounded by it.
        case .found: break
        case .sampled: unreadSamples.add(1, ordering: .relaxed)
        case .troubled, .note:
            guard unread.load(ordering: .relaxed) < Self.bound else { return }
        }
        unread.add(1, ordering: .relaxed)
        mailbox.post(report)
    }

    /// Whether the last sample was taken; another is not worth making before.
    var takesSamples: Bool { unreadSamples.load(ordering: .relaxed) == 0 }

    func take(into taken: inout [DeviceReport]) {
        let known = taken.count
        mailbox.drain(into: &taken)
        let new = taken[known...]
        unread.subtract(new.count, ordering: .relaxed)
        let samples = new.count { report in
            guard case .sampled = report else { return false }
            return true
        }
        unreadSamples.subtract(samples, ordering: .relaxed)
    }
}
