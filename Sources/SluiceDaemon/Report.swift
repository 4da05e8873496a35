import SluiceModel
import SluiceSystem

/// The only place that logs. What is worth saying are the records in `Log/`: start, stop, reload,
/// who changed what, losses. In health it is silent: no request, refused or not, is worth a line.
struct Report {
    private let journal = Journal()
    private var quota = LogQuota()

    /// When it wants to be woken to `tellLeftOut`.
    var nextDeadline: Instant? { quota.nextDeadline }

    mutating func say(_ record: LogRecord, at now: Instant = Loop.now()) {
        tellLeftOut(at: now)
        guard !record.isBounded || quota.admits(record.id, at: now) else { return }
        send(record)
    }

    mutating func say(_ records: [LogRecord]) {
        for record in records { say(record) }
    }

    /// Says how much was not said, when its period is over.
    mutating func tellLeftOut(at now: Instant) {
        for (id, count) in quota.takeLeftOut(at: now) { send(.leftOut(id, count)) }
    }

    /// Sums up why the program ends, where a message could come too late to be filed under it.
    func end(with records: [LogRecord]) {
        guard let first = records.first else { return }
        let more = records.count > 1 ? " (and \(records.count - 1) more)" : ""
        journal.sendLast(first.priority, "sluiced ends: \(first.message)\(more)")
    }

    private func send(_ record: LogRecord) {
        journal.send(record.priority, record.message, record.assignments)
    }
}

extension DaemonError {
    /// Says why the program ends.
    public func log() {
        var report = Report()
        let records = LogRecord.failed(self)
        report.say(records)
        report.end(with: records)
    }
}
