import Glibc
import SluiceModel

/// Measures settings, each broker in processes of its own that are started for it.
public struct Bench {
    public var programs: Programs
    /// How long a loop is measured, after a start of a fifth of it.
    public var span = Duration.seconds(2)
    public var countsSyscalls = false
    /// The processors for everything; nil: all, and one for what is pinned.
    public var processors: String?

    public init(_ programs: Programs) { self.programs = programs }

    /// A round: what it is compared with, and right after it the broker.
    public func round(
        of setting: Setting, _ broker: BrokerKind = .sluice
    ) throws(BenchError) -> Rounds.Round {
        let before = Affinity.list
        let place = processors ?? (setting.isPinned ? Affinity.first : nil)
        if let place { try Affinity.set(place) }
        let round: Rounds.Round
        do {
            let base = try base(of: setting, broker)
            round = Rounds.Round(base: base, own: try sample(of: setting, broker))
        } catch {
            if place != nil { try Affinity.set(before) }
            throw error
        }
        if place != nil { try Affinity.set(before) }
        return round
    }

    private func base(of setting: Setting, _ broker: BrokerKind) throws(BenchError) -> Sample? {
        switch setting.beside {
        case .nothing: nil
        case .relay: try sample(of: setting, .relay)
        case .unbatched: try sample(of: setting.unbatched, broker)
        }
    }

    /// What one broker does by itself.
    public func sample(of setting: Setting, _ kind: BrokerKind) throws(BenchError) -> Sample {
        let broker = try Broker(kind, programs, for: setting.load)
        switch kind {
        case .relay: return try Measurement<RelayClient>(setting, broker, self).sample()
        case .sluice: return try Measurement<SluiceClientWire>(setting, broker, self).sample()
        case .redis: return try Measurement<RedisClient>(setting, broker, self).sample()
        case .nats: return try Measurement<NatsClient>(setting, broker, self).sample()
        case .beanstalkd: return try Measurement<BeanstalkClient>(setting, broker, self).sample()
        }
    }
}
