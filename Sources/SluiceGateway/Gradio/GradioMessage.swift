import SluiceWire

/// What is said on the stream of a session.
///
/// Clients know no other messages, and stop at one that they do not know. What they know may have
/// more fields than they read. All but signs of life have an `event_id`.
enum GradioMessage: Hashable, Sendable {
    case estimation(StatusUpdate)
    case started
    case progress(Progress)
    case log(LogLine)
    /// The first time the values, then what changed in each.
    case generating([Value])
    case completed([Value])
    case failed(Refusal)

    /// As it is written to one who reads; nil where that is nothing.
    func text(of event: String, in manner: GradioSession.Manner) -> [UInt8]? {
        guard manner == .call else { return SSE.event(data: json(event: event)) }
        switch self {
        case .estimation, .started, .progress, .log: return nil
        case .generating(let values):
            return SSE.event("generating", data: Value.array(values).json)
        case .completed(let values):
            return SSE.event("complete", data: Value.array(values).json)
        case .failed(let refusal): return SSE.event("error", data: refusal.inGradio.json)
        }
    }

    func json(event: String) -> [UInt8] {
        var fields: [String: Value]
        switch self {
        case .estimation(let status):
            let p50 = Value(seconds: status.p50)
            fields = [
                "rank": .integer(Int64(status.rank)), "rank_eta": p50,
                "queue_size": .integer(Int64(status.waiting)),
                "eta_p50": p50, "eta_p90": Value(seconds: status.p90), "held": .bool(status.held),
            ]
        case .started: fields = ["eta": .null]
        case .progress(let progress): fields = ["progress_data": [Self.unit(progress)]]
        case .log(let line):
            fields = [
                "log": .string(line.message), "level": .string(line.level.inGradio),
                "duration": 10, "visible": true, "title": .string(line.level.inGradio),
            ]
        case .generating(let data):
            let output: Value = ["data": .array(data), "is_generating": true]
            fields = ["output": output, "success": true, "time_limit": .null]
        case .completed(let data):
            let output: Value = ["data": .array(data), "is_generating": false]
            fields = ["output": output, "success": true, "title": .null]
        case .failed(let refusal):
            fields = ["output": refusal.inGradio, "success": false, "code": .string(refusal.code)]
            fields["title"] = .string(refusal.title)
            fields["retry_after"] = refusal.retryAfter.map { Value(seconds: $0) }
        }
        fields["msg"] = .string(word)
        fields["event_id"] = .string(event)
        return Value.object(fields).json
    }

    private var word: String {
        switch self {
        case .estimation: "estimation"
        case .started: "process_starts"
        case .progress: "progress"
        case .log: "log"
        case .generating: "process_generating"
        case .completed, .failed: "process_completed"
        }
    }

    private static func unit(_ progress: Progress) -> Value {
        [
            "index": .integer(Int64(clamping: progress.done)),
            "length": progress.total.map { .integer(Int64(clamping: $0)) } ?? .null,
            "unit": .string(progress.unit.isEmpty ? "steps" : progress.unit), "progress": .null,
            "desc": .string(progress.description),
        ]
    }
}

/// What is said to a session as a whole.
public enum GradioNotice {
    public static let heartbeat = line(["msg": "heartbeat"])
    public static let callHeartbeat = SSE.event("heartbeat", data: Value.null.json)
    public static let alive = SSE.event(data: Array("ALIVE".utf8))
    public static let closeStream = line(["msg": "close_stream", "event_id": .null])
    public static let noSession = line([
        "msg": "unexpected_error", "message": "Session not found.", "session_not_found": true,
        "success": false, "event_id": .null,
    ])

    private static func line(_ message: Value) -> [UInt8] { SSE.event(data: message.json) }
}

extension Refusal {
    /// As the output of a request. No other keys: Python's client passes them on as arguments.
    var inGradio: Value {
        ["error": .string(message), "duration": 10, "visible": true, "title": .string(title)]
    }

    fileprivate var title: String {
        let words = code.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension Value {
    fileprivate init(seconds: Duration?) {
        self = seconds.map { .number($0.inSeconds) } ?? .null
    }
}

extension LogLine.Level {
    fileprivate var inGradio: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .notice, .info, .debug: "info"
        }
    }
}
