import SluiceSystem

/// What the loop calls a descriptor: its kind in the upper byte, a serial number that is never
/// used again in the others, so that late readiness finds nobody rather than somebody else.
enum Token: Hashable {
    case client(UInt64)
    case worker(UInt64)
    case process(UInt64)
    case control(UInt64)
    case listener(Listeners.Socket)
    case systemd
    /// Files were written, or not.
    case written
    /// The store of detached requests has something to say.
    case stored
    /// systemd took what it was asked to do with units, or did not.
    case units
    /// The sampler of devices has something to report.
    case devices

    private static let serialBits: UInt64 = 56

    init?(_ token: Loop.Token) {
        let serial = token.rawValue & (1 << Self.serialBits - 1)
        switch token.rawValue >> Self.serialBits {
        case 1: self = .client(serial)
        case 2: self = .worker(serial)
        case 3: self = .process(serial)
        case 4: self = .control(serial)
        case 5:
            guard let socket = Listeners.Socket(rawValue: Int(serial)) else { return nil }
            self = .listener(socket)
        case 6: self = .systemd
        case 7: self = .written
        case 8: self = .stored
        case 9: self = .units
        case 10: self = .devices
        default: return nil
        }
    }

    var loopToken: Loop.Token {
        let (kind, serial): (UInt64, UInt64) =
            switch self {
            case .client(let serial): (1, serial)
            case .worker(let serial): (2, serial)
            case .process(let serial): (3, serial)
            case .control(let serial): (4, serial)
            case .listener(let socket): (5, UInt64(socket.rawValue))
            case .systemd: (6, 0)
            case .written: (7, 0)
            case .stored: (8, 0)
            case .units: (9, 0)
            case .devices: (10, 0)
            }
        return Loop.Token(rawValue: kind << Self.serialBits | serial)
    }
}

extension Loop.Token {
    static func peer(_ connection: Connection) -> Loop.Token {
        switch connection.role {
        case .client: Token.client(connection.serial).loopToken
        case .worker: Token.worker(connection.serial).loopToken
        }
    }

    static func process(_ connection: Connection) -> Loop.Token {
        Token.process(connection.serial).loopToken
    }
}
