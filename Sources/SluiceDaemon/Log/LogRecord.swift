import SluiceSystem
import SluiceWire

/// One message of the log: what a person reads, and what a program finds it by.
///
/// It is made by pure functions, one for each kind, in the files beside this one; `Report` sends
/// it.
struct LogRecord: Hashable {
    var id: MessageID
    var priority: Journal.Priority
    var message: String
    var fields: [LogField: String]

    init(
        _ id: MessageID, _ priority: Journal.Priority, _ message: String,
        _ fields: [LogField: String] = [:]
    ) {
        self.id = id
        self.priority = priority
        self.message = visible(message)
        self.fields = fields
    }

    /// Whether peers can bring it about as often as they like; then `LogQuota` bounds it. A worker
    /// may change values by declaring its functions anew; what operators do is never left out.
    var isBounded: Bool {
        guard id == .changed else { return id.bounded != nil }
        return fields[.cause] == Control.Cause.declaration.rawValue
    }

    /// As the journal takes them. A value may hold anything, line breaks included: it goes with
    /// its length, so that no peer's words become another field.
    var assignments: [Journal.Field] {
        [("MESSAGE_ID", id.rawValue)]
            + fields.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.rawValue, $1) }
    }
}

/// Names that peers chose are in messages, and a terminal obeys control characters; a line break
/// would let them write lines of our log.
private func visible(_ message: String) -> String {
    guard message.unicodeScalars.contains(where: \.isControl) else { return message }
    return message.unicodeScalars.reduce(into: "") { text, scalar in
        text += scalar.isControl ? scalar.escaped(asASCII: true) : String(scalar)
    }
}

extension Unicode.Scalar {
    /// Of the categories of control and format characters, and of line and paragraph ends.
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

/// The fields that messages have besides those of every program; sluiced(8) explains each.
enum LogField: String, Hashable, Sendable, CaseIterable {
    // What it is about.
    case queue = "SLUICE_QUEUE"
    case function = "SLUICE_FUNCTION"
    case worker = "SLUICE_WORKER"
    case workerName = "SLUICE_WORKER_NAME"
    case unit = "SLUICE_UNIT"
    case client = "SLUICE_CLIENT"
    case request = "SLUICE_REQUEST"
    case device = "SLUICE_DEVICE"

    // Who did it.
    case user = "SLUICE_USER"
    case process = "SLUICE_PID"

    // What was done.
    case key = "SLUICE_KEY"
    case old = "SLUICE_OLD"
    case new = "SLUICE_NEW"
    case cause = "SLUICE_CAUSE"
    case hold = "SLUICE_HOLD"
    case code = "SLUICE_CODE"
    case count = "SLUICE_COUNT"
    case signal = "SLUICE_SIGNAL"
    case kind = "SLUICE_KIND"

    // Where.
    case socket = "SLUICE_SOCKET"
    case file = "SLUICE_FILE"
    case line = "SLUICE_LINE"

    // The daemon itself.
    case instance = "SLUICE_INSTANCE"
    case version = "SLUICE_VERSION"
    case waiting = "SLUICE_WAITING"
    case running = "SLUICE_RUNNING"

    /// As all programs call it.
    case errorNumber = "ERRNO"
}
