import SluiceModel
import SluiceWire

/// Stored requests, one a row, oldest first.
///
/// - Parameter now: by the same clock as the moments.
func detachedText(_ requests: [Control.Detached], at now: Double, style: Style) -> String {
    guard !requests.isEmpty else {
        return "No detached requests are stored, or none that match.\n"
    }
    var table = Table([
        .init(title: "ID", alignment: .right),
        .init(title: "FUNCTION", gives: true),
        .init(title: "STATE"),
        .init(title: "CODE", goes: 6),
        .init(title: "AGE", alignment: .right, goes: 5),
        .init(title: "ENDED", alignment: .right, goes: 4),
        .init(title: "TRIES", alignment: .right, goes: 1),
        .init(title: "UID", alignment: .right, goes: 2),
        .init(title: "SIZE", alignment: .right, goes: 3),
        .init(title: "RESULT", alignment: .right, goes: 3),
    ])
    for request in requests {
        table.add([
            Cell(request.id),
            Cell(request.function, .strong),
            Cell(request.state.rawValue, request.state.tone),
            request.code.map { Cell($0, tone(ofCode: $0)) } ?? .nothing,
            Cell(duration(now - request.enqueuedAt)),
            request.finishedAt.map { Cell("\(duration(now - $0)) ago") } ?? .nothing,
            Cell(request.attempts),
            Cell(request.user),
            Cell(size(request.bytes)),
            request.resultBytes.map { Cell(size($0)) } ?? .nothing,
        ])
    }
    return table.text(style)
}

/// One request, live or stored or both: where it stands, or what came of it.
func requestText(
    _ live: Control.Request?, _ stored: Control.Detached?, at now: Double, style: Style
) -> String {
    guard let stored else {
        guard let live else { return "" }
        var facts = Facts(heading(live), live.state == .settling ? .warning : .good)
        facts.add(live)
        facts.add("size", Cell(size(live.bytes)))
        if let user = live.user { facts.add("uid", Cell(user)) }
        return facts.text(style)
    }
    var facts = Facts(
        "request \(stored.id), detached, \(stored.state.rawValue): \(stored.function)",
        stored.code.map { tone(ofCode: $0) } ?? (stored.state == .settling ? .warning : .good))
    facts.add("asked", Cell("\(duration(now - stored.enqueuedAt)) ago, by uid \(stored.user)"))
    if let caller = stored.caller { facts.add("for", Cell(caller)) }
    if let old = stored.retryOf { facts.add("repeats", Cell("request \(old)")) }
    facts.add("size", Cell(size(stored.bytes)))
    facts.add("tries", Cell(stored.attempts))
    if stored.chunks > 0 { facts.add("partial results", Cell(stored.chunks)) }
    guard let code = stored.code, let finishedAt = stored.finishedAt else {
        if let live {
            facts.add(live)
        } else if let settles = stored.settlingSeconds {
            facts.addSettling(settles)
        }
        if stored.state == .settling { facts.add("see", Cell("sluicectl explain \(stored.id)")) }
        return facts.text(style)
    }
    let took = duration(finishedAt - stored.enqueuedAt)
    facts.add("ended", Cell("\(duration(now - finishedAt)) ago, after \(took)"))
    facts.add("outcome", Cell(code, .strong))
    facts.add(lines: stored.message ?? "", "message")
    if let bytes = stored.resultBytes { facts.add("result", Cell(size(bytes))) }
    if code != Code.ok.rawValue { facts.add("try", Cell("sluicectl retry \(stored.id)")) }
    return facts.text(style)
}

extension Facts {
    /// A text that may have several lines, such as a traceback.
    fileprivate mutating func add(lines text: String, _ name: String) {
        for (index, line) in visible(lines: text).split(separator: "\n").enumerated() {
            add(index == 0 ? name : "", Cell(String(line)))
        }
    }
}

extension Control.DetachedState {
    fileprivate var tone: Cell.Tone {
        switch self {
        case .running: .good
        case .settling: .warning
        case .waiting, .finished: .plain
        }
    }
}

private func tone(ofCode code: String) -> Cell.Tone { code == Code.ok.rawValue ? .good : .bad }
