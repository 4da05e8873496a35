/// Who is measured.
public enum BrokerKind: String, CaseIterable, Sendable {
    case relay
    case sluice
    case redis, nats, beanstalkd

    /// Brokers of others, which are measured where they are installed.
    public static let peers: [BrokerKind] = [.redis, .nats, .beanstalkd]

    /// What a peer's program is called.
    var program: String {
        switch self {
        case .relay: "sluice-relay"
        case .sluice: "sluiced"
        case .redis: "redis-server"
        case .nats: "nats-server"
        case .beanstalkd: "beanstalkd"
        }
    }

    /// Asks it for its version.
    var versionOption: String? {
        switch self {
        case .relay: nil
        case .sluice, .redis, .nats: "--version"
        case .beanstalkd: "-v"
        }
    }

    /// Whether it holds requests that nobody takes. NATS has no queue: it pushes them to the
    /// worker's socket, and holds what that does not take as output.
    public var hasQueue: Bool { self != .nats }
}

extension BrokerKind {
    /// The version in what a program says of itself: the first word that begins like one.
    static func version(in line: String) -> String? {
        for word in words(of: line) {
            let plain = word.drop { !$0.isNumber }
            let before = word.prefix(word.count - plain.count)
            guard plain.contains("."), ["", "v", "v="].contains(before) else { continue }
            return String(plain)
        }
        return nil
    }
}
