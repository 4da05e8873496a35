import FoundationEssentials
import SluiceClient
import SluiceModel
import SluiceWire

// What `submit` and `fetch` show: where the request stands, for a person at a terminal; what came
// of it, for everybody.

/// The line that stands while a request is on its way; nil where the update changes nothing.
func progressLine(_ update: RequestUpdate) -> String? {
    switch update {
    case .admitted(let request, _, _): "request \(request) is admitted"
    case .status(let status) where status.held:
        "held, rank \(status.rank) of \(status.waiting); 'sluicectl explain' says why"
    case .status(let status):
        "waiting, rank \(status.rank) of \(status.waiting)"
            + (status.p50.map { ", ~\(duration($0.inSeconds))" } ?? "")
    case .started(let attempt) where attempt > 1: "running, attempt \(attempt)"
    case .started: "running"
    case .progress(let progress): visible(text(progress))
    case .log, .chunk, .outcome: nil
    }
}

private func text(_ progress: SluiceWire.Progress) -> String {
    let amount = progress.total.map { "\(progress.done)/\($0)" } ?? "\(progress.done)"
    let unit = progress.unit.isEmpty ? "" : " \(progress.unit)"
    let description = progress.description.isEmpty ? "" : "\(progress.description): "
    return "running, \(description)\(amount)\(unit)"
}

/// A line that stays: what the function logged, what the developer should know.
func remark(_ update: RequestUpdate, style: Style) -> String? {
    switch update {
    case .admitted(_, _, let warning?): warningLine(warning, style)
    case .log(let line):
        style.paint("\(line.level):", line.level.tone) + " \(visible(lines: line.message))\n"
    case .admitted, .status, .started, .progress, .chunk, .outcome: nil
    }
}

extension LogLine.Level {
    fileprivate var tone: Cell.Tone {
        switch self {
        case .error: .bad
        case .warning: .warning
        case .notice, .info, .debug: .faint
        }
    }
}

/// What is said of an outcome that is no result; nil for one that is.
func complaint(_ outcome: RequestOutcome) -> ToolFailure? {
    guard outcome.outcome != .completed else { return nil }
    var text = "the request \(phrase(outcome.outcome)) (\(outcome.code))"
    if !outcome.message.isEmpty { text += ": \(outcome.message)" }
    return ToolFailure(text, ExitStatus(outcome))
}

private func phrase(_ outcome: Outcome) -> String {
    switch outcome {
    case .completed: "completed"
    case .failed: "failed"
    case .cancelled: "was cancelled"
    case .expired: "expired"
    case .rejected: "was rejected"
    }
}

extension ExitStatus {
    /// What can only be asked for again by others, or under another name, is told apart from what
    /// may be accepted later.
    init(_ outcome: RequestOutcome) {
        self =
            switch outcome.outcome {
            case .completed: .success
            case .failed: .failure
            case .cancelled: .cancelled
            case .expired: .expired
            case .rejected where outcome.code == Code.unknownFunction.rawValue: .unknown
            case .rejected where outcome.code == Code.unknownRequest.rawValue: .unknown
            case .rejected where outcome.code == Code.notPermitted.rawValue: .notPermitted
            case .rejected: .rejected
            }
    }
}

/// Bytes for standard output; text ends with a line end, so that the shell's prompt is on its own
/// line, and anything else is as it came.
func printable(_ content: Content) -> [UInt8] {
    guard isText(content), content.bytes.last != UInt8(ascii: "\n") else { return content.bytes }
    return content.bytes + [UInt8(ascii: "\n")]
}

func isText(_ content: Content) -> Bool {
    content.type == "application/json" || content.type?.hasPrefix("text/") == true
}

/// One line of `--json`: a partial result.
func chunkJSON(_ sequence: UInt64, _ content: Content) -> String {
    "{\"chunk\":\(sequence),\(contentJSON("content", content))}\n"
}

/// The last line of `--json`: how it ended.
func outcomeJSON(_ outcome: RequestOutcome, request: RequestID?) -> String {
    let fields = [
        "\"attempts\":\(outcome.attempts)",
        "\"code\":\(jsonString(outcome.code))",
        "\"message\":\(jsonString(outcome.message))",
        "\"outcome\":\(jsonString(outcome.outcome.rawValue))",
        "\"request\":\(request.map { "\($0)" } ?? "null")",
        contentJSON("result", outcome.content),
        "\"retry_after\":\(outcome.retryAfter.map { "\($0.inSeconds)" } ?? "null")",
    ]
    return "{\(fields.joined(separator: ","))}\n"
}

/// JSON as it is, text as a string, nothing as null, and bytes in base64 under another name.
private func contentJSON(_ name: String, _ content: Content) -> String {
    if content.bytes.isEmpty { return "\"\(name)\":null" }
    let text = String(decoding: content.bytes, as: UTF8.self)
    if content.type == "application/json" { return "\"\(name)\":\(jsonItem(text))" }
    if isText(content) { return "\"\(name)\":\(jsonString(text))" }
    return "\"\(name)_base64\":\"\(Data(content.bytes).base64EncodedString())\""
}
