import SluiceModel
import SluiceWire

/// One line of the screen.
struct ScreenLine: Hashable {
    var cells: [Cell]
    /// The row that keys are about.
    var isSelected = false

    init(_ cells: [Cell], isSelected: Bool = false) {
        self.cells = cells
        self.isSelected = isSelected
    }
}

/// What is around the screen and not in the daemon.
struct TopWindow: Hashable {
    var columns: Int
    var rows: Int
    var host: String
    /// Seconds between polls, so that the graph can say how far back it goes.
    var interval: Double
    var bars: Bars
}

/// Lays the model out in a window: exactly its rows where it has any, never more. A line may come
/// out too long in a window in which nothing fits; `ScreenPainter` cuts it.
///
/// From top to bottom: who and how much, queues, devices where there are any, workers, the oldest
/// waiting requests, what is to be said, and the keys. Sections are a title and rows. In a low
/// window queues get what there is: they are what one acts on.
struct TopScreen {
    let model: TopModel
    let window: TopWindow
    let now: Instant

    func lines() -> [ScreenLine] {
        guard window.rows > 0, window.columns > 0 else { return [] }
        let foot = [
            ScreenLine(fitting(topFooter(model, columns: window.columns), within: window.columns))
        ]
        let head = head.prefix(max(0, window.rows - foot.count))
        // A window of one row shows a question rather than a title.
        guard window.rows > 2 else { return Array((head + foot).suffix(window.rows)) }
        let remarks = remarks.prefix(window.rows < 8 ? 1 : 3)
        let room = window.rows - head.count - foot.count - remarks.count
        let body = body(in: max(0, room)).prefix(max(0, room))
        let blank = Array(repeating: ScreenLine([]), count: max(0, room - body.count))
        return Array((head + body + blank + remarks + foot).suffix(window.rows))
    }

    /// Rows of queues that `lines` shows.
    var page: Int { max(1, shares(of: window.rows - 4).queues - 3) }

    private var head: [ScreenLine] {
        let title = topTitle(model.sample, link: model.link, host: window.host, at: now)
        let figures = topFigures(model.sample)
        let lines = [title, figures].map { ScreenLine(fitting($0, within: window.columns)) }
        return window.rows < 6 ? Array(lines.prefix(1)) : lines
    }

    /// What became of the last change, or what is to be known of the selected queue.
    private var remarks: [ScreenLine] {
        if let message = model.message {
            return message.text.split(separator: "\n")
                .map { ScreenLine([Cell(String($0), message.tone)]) }
        }
        // A row of a queue is worth more than why it is held.
        guard window.rows >= 12, let queue = model.selectedQueue,
            let text = queue.reason ?? queue.warning
        else {
            return []
        }
        return [ScreenLine([Cell("\(queue.concurrencyID): \(text)", .warning)])]
    }

    private func body(in room: Int) -> [ScreenLine] {
        switch model.dialog {
        case .help: return spaced(topHelp.map { ScreenLine($0) }, in: room)
        case .detail, .confirm, .limit, nil: break
        }
        if let queue = model.detailed { return spaced(detail(of: queue), in: room) }
        guard room > 3 else { return queues(in: room) }
        let shares = shares(of: room)
        return spaced(queues(in: shares.queues - 1), in: shares.queues)
            + spaced(devices(in: shares.devices - 1), in: shares.devices)
            + spaced(workers(in: shares.workers - 1), in: shares.workers)
            + spaced(requests(in: shares.requests - 1), in: shares.requests)
    }

    /// The lines after a blank one, where there is room for both.
    private func spaced(_ lines: [ScreenLine], in room: Int) -> [ScreenLine] {
        guard room > 0, !lines.isEmpty else { return [] }
        return [ScreenLine([])] + lines
    }

    private func detail(of queue: String) -> [ScreenLine] {
        guard let detail = model.sample.detail, detail.queue.concurrencyID == queue else {
            return [ScreenLine([Cell("queue \(queue) …", .faint)])]
        }
        let style = Style(coloured: false, width: window.columns)
        return queueText(detail, style: style).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .map { ScreenLine([Cell(String($0))]) }
    }

    // MARK: Room

    private struct Shares {
        var queues = 0
        var devices = 0
        var workers = 0
        var requests = 0
    }

    /// Lines of each section, its blank one and its title included: all that it wants where that
    /// fits. Where not, queues get half at least, and the others what is left, but no less than
    /// one row.
    private func shares(of room: Int) -> Shares {
        let oldest = model.sample.oldestWaiting.count
        let wanted = Shares(
            queues: 2 + max(1, model.sample.queues.count),
            devices: model.sample.devices.isEmpty ? 0 : 2 + model.sample.devices.count,
            workers: 2 + max(1, model.sample.workers.count),
            // And the line that says how many wait besides.
            requests: oldest == 0 ? 0 : 2 + oldest + (model.sample.daemon.waiting > oldest ? 1 : 0))
        var shares = Shares()
        let others = max(0, room - min(wanted.queues, max(6, (room + 1) / 2)))
        // There are few devices as a rule, and what they say is worth more than the rest.
        shares.devices = useful(min(wanted.devices, max(3, others / 2)))
        if shares.devices > others { shares.devices = 0 }
        let rest = others - shares.devices
        shares.requests = useful(min(wanted.requests, rest / 2))
        shares.workers = useful(min(wanted.workers, rest - shares.requests))
        shares.requests = useful(min(wanted.requests, rest - shares.workers))
        shares.devices = useful(
            min(wanted.devices, others - shares.workers - shares.requests))
        let taken = shares.devices + shares.workers + shares.requests
        shares.queues = max(0, min(wanted.queues, room - taken))
        return shares
    }

    /// A section is a blank line, a title and a row, or it is not there.
    private func useful(_ lines: Int) -> Int { lines < 3 ? 0 : lines }
}
