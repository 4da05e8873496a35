import SluiceModel
import SluiceWire

// The two lines on top, and the one at the bottom: parts that are left out from the right.

/// Parts of a line, each of some cells; those that come last are the first to go.
typealias LineParts = [[Cell]]

/// The parts that fit, two columns apart. A part is shown whole or not at all, but for the first.
func fitting(_ parts: LineParts, within width: Int) -> [Cell] {
    var line: [Cell] = []
    var used = 0
    for part in parts {
        let size = part.reduce(0) { $0 + columns(of: $1.text) }
        if line.isEmpty {
            (line, used) = (part, size)
            continue
        }
        guard used + 2 + size <= width else { break }
        line += [Cell("  ")] + part
        used += 2 + size
    }
    return line
}

/// Who this is, or that nobody answers.
func topTitle(
    _ sample: TopSample, link: TopModel.Link, host: String, at now: Instant
) -> LineParts {
    let daemon = sample.daemon
    switch link {
    case .up:
        let tone = daemon.workersHung > 0 ? Cell.Tone.warning : daemon.hold.tone
        return [
            [Cell("● ", tone), Cell("sluiced \(daemon.version)", .strong)],
            [Cell(daemon.hold.rawValue, daemon.hold.tone)],
            [Cell("up \(duration(daemon.uptimeSeconds))")], [Cell("on \(host)", .faint)],
        ]
    case .silent(let since): return noAnswer(since, "sluiced is connected, and silent", now)
    case .lost(let reason, let since): return noAnswer(since, reason, now)
    }
}

private func noAnswer(_ since: Instant, _ reason: String, _ now: Instant) -> LineParts {
    let time = duration((now - since).inSeconds.rounded(.down))
    return [
        [Cell("● no answer for \(time)", .bad)], [Cell(reason, .bad)],
        [Cell("below: what it said last", .faint)],
    ]
}

/// The daemon in numbers.
func topFigures(_ sample: TopSample) -> LineParts {
    let daemon = sample.daemon
    let waiting = waiting(daemon.waiting, of: daemon.maxSize)
    let admitted = sample.queues.reduce(0) { $0 + $1.admittedPerSecond }
    let started = sample.queues.reduce(0) { $0 + $1.startedPerSecond }
    var workers = Cell(daemon.workers)
    if daemon.workers == 0 { workers = Cell("none", .warning) }
    if daemon.workersHung > 0 {
        workers = Cell("\(daemon.workers), \(daemon.workersHung) hung", .bad)
    }
    var figures: LineParts = [
        [Cell("waiting ", .faint), waiting],
        [Cell("running ", .faint), places(daemon.running, of: daemon.maxRunning)],
        [Cell("workers ", .faint), workers],
        [Cell("admitted ", .faint), Cell("\(rate(admitted))/s")],
        [Cell("started ", .faint), Cell("\(rate(started))/s")],
        [Cell("clients ", .faint), Cell(daemon.clients)],
    ]
    if daemon.devices > 0 {
        figures.insert([Cell("devices ", .faint), devicesCell(daemon)], at: 3)
    }
    return figures
}

/// The keys, or the question that is open.
func topFooter(_ model: TopModel, columns width: Int) -> LineParts {
    func key(_ name: String, _ what: String) -> [Cell] { [Cell(name, .strong), Cell(" " + what)] }
    switch model.dialog {
    case .confirm(let change):
        return [[Cell(change.question(within: width) ?? tooNarrow, .warning)]]
    case .limit(let queue, let old, let typed):
        guard let question = limitQuestion(queue, now: old, within: width) else {
            return [[Cell(tooNarrow, .warning)]]
        }
        return [
            [Cell(question, .warning), Cell(typed + "_", .strong)],
            [Cell("a number, none or default; Esc leaves it", .faint)],
        ]
    case .help: return [[Cell("any key goes back", .faint)]]
    case .detail:
        return [
            key("Esc", "back"), key("p", "pause"), key("r", "resume"), key("+ - =", "limit"),
            key("?", "help"),
        ]
    case nil:
        return [
            key("q", "quit"), key("?", "help"), key("p", "pause"), key("r", "resume"),
            key("+ - =", "limit"), key("s", "sort: \(model.order.rawValue)"),
            key("Enter", "details"),
        ]
    }
}

let topHelp: LineParts = [
    [Cell("up down j k    select a queue; also PgUp PgDn Home End")],
    [Cell("Enter          details of the selected queue")],
    [Cell("p              pause it: it accepts requests and starts none")],
    [Cell("r              resume it")],
    [Cell("+ -            raise or lower its concurrency_limit by one")],
    [Cell("=              type its concurrency_limit: a number, none or default")],
    [Cell("s              sort by name, waiting, running, START/s, P99 or OLDEST")],
    [Cell("^L             draw everything anew")],
    [Cell("^Z             leave for the shell; fg comes back")],
    [Cell("q              quit")],
    [Cell("")],
    [Cell("Changes are asked about, hold at once and are kept over restarts.")],
    [Cell("They need root or the group sluice-admin.")],
]
