/// What the body of a frame is. The numbers are those of sluice-protocol(7); a name that both
/// sockets use for different bodies has the worker's case called `item…`.
public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case hello = 0x01
    case welcome, error, restarting, ping, pong

    case submit = 0x10
    case cancel, watch, fetch, leave

    case admitted = 0x30
    case status, started, progress, log, chunk, outcome

    case declare = 0x50
    case ready, itemStarted, itemProgress, itemLog, itemChunk, result, failed, outOfMemory
    case holding, bind

    case declared = 0x70
    case grant, item, revoke, acknowledge, drain, pause, resume, bound

    /// Whether the frame is about the connection, so that its id is 0.
    var isAboutConnection: Bool {
        switch self {
        case .hello, .welcome, .error, .restarting, .bind, .bound, .declare, .declared, .ready,
            .drain:
            true
        default: false
        }
    }

    /// The flags that mean something on such a frame.
    var allowedFlags: FrameFlags {
        switch self {
        case .submit: [.inDescriptor, .wantsStatus]
        case .chunk, .outcome, .itemChunk, .result, .failed, .item: .inDescriptor
        default: []
        }
    }
}

extension Kind: CustomStringConvertible {
    /// The name as the page spells it.
    public var description: String {
        switch self {
        case .hello: "HELLO"
        case .welcome: "WELCOME"
        case .error: "ERROR"
        case .restarting: "RESTARTING"
        case .ping: "PING"
        case .pong: "PONG"
        case .submit: "SUBMIT"
        case .cancel: "CANCEL"
        case .watch: "WATCH"
        case .fetch: "FETCH"
        case .leave: "LEAVE"
        case .admitted: "ADMITTED"
        case .status: "STATUS"
        case .started, .itemStarted: "STARTED"
        case .progress, .itemProgress: "PROGRESS"
        case .log, .itemLog: "LOG"
        case .chunk, .itemChunk: "CHUNK"
        case .outcome: "OUTCOME"
        case .declare: "DECLARE"
        case .ready: "READY"
        case .result: "RESULT"
        case .failed: "FAILED"
        case .outOfMemory: "OUT_OF_MEMORY"
        case .holding: "HOLDING"
        case .bind: "BIND"
        case .declared: "DECLARED"
        case .grant: "GRANT"
        case .item: "ITEM"
        case .revoke: "REVOKE"
        case .acknowledge: "ACK"
        case .drain: "DRAIN"
        case .pause: "PAUSE"
        case .resume: "RESUME"
        case .bound: "BOUND"
        }
    }
}
