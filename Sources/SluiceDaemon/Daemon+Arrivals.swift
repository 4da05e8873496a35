import SluiceEngine
import SluiceModel
import SluiceSystem

// What comes from outside the connections there are: new ones, signals, a changed configuration.

/// How long connections wait when descriptors ran out. Somebody else may let go of some, and
/// nothing tells.
private let shortage = Duration.seconds(1)

extension Daemon {
    mutating func accept(
        from socket: Listeners.Socket, at now: Instant
    ) throws(SystemError) {
        // A burst is taken in portions, so that those already in are served in between.
        for _ in 0..<64 {
            do throws(SystemError) {
                guard let connection = try listeners.accept(socket) else {
                    isShort = false
                    return
                }
                try take(connection, from: socket, at: now)
            } catch {
                // One connection that cannot be taken is no reason to give up the others.
                guard error.isShortage else {
                    report.say(.connectionLost(on: socket, error), at: now)
                    continue
                }
                return try beginShortage(error, at: now)
            }
        }
    }

    /// Lets connections wait for a while: one that cannot be taken is ready all the time.
    private mutating func beginShortage(
        _ error: SystemError, at now: Instant
    ) throws(SystemError) {
        if !isShort { report.say(.connectionsWait(error), at: now) }
        isShort = true
        shortageEndsAt = now + shortage
        edge.hasLetGo = false
        try listeners.setInterest([], loop)
    }

    mutating func endShortage(at now: Instant) throws(SystemError) {
        guard let end = shortageEndsAt, end <= now || edge.hasLetGo else { return }
        shortageEndsAt = nil
        try listeners.setInterest(.read, loop)
    }

    private mutating func take(
        _ connection: consuming Descriptor, from socket: Listeners.Socket, at now: Instant
    ) throws(SystemError) {
        switch socket {
        case .client: try edge.accept(connection, .client, loop: loop, at: now)
        case .worker: try edge.accept(connection, .worker, loop: loop, at: now)
        case .control: try control.accept(connection, loop)
        }
    }

    mutating func heed() throws(SystemError) {
        try systemd.pump(into: &signals)
        let heard = signals
        signals.removeAll(keepingCapacity: true)
        for signal in heard {
            switch signal {
            case .terminate, .interrupt: stop = signal
            case .hangup: _ = reload(by: nil)
            }
        }
    }

    /// Reads the configuration again. What is wrong with it is said, and the old one stays.
    ///
    /// - Parameter user: who asked for it; nil: SIGHUP, which does not tell.
    mutating func reload(by user: UInt32?) -> [ConfigurationError] {
        tellReloading()
        defer { _ = try? tellReady() }
        do {
            let configuration = try CheckedConfiguration(loading: options.configuration)
            report.say(configuration.warnings.map { .doubtful($0) })
            edge.limits = configuration.edge
            control.limits = configuration.edge
            archive.configure(configuration.edge.store)
            configureDevices(configuration)
            edge.intake.events.append(.configured(configuration.engine, by: user))
            isReloadRefused = false
            report.say(.reloaded(by: user))
            control.tellMonitorsOfReload(by: LogRecord.reloader(user))
            return []
        } catch {
            isReloadRefused = true
            report.say(LogRecord.reloadRefused(error.all, by: user))
            return error.all
        }
    }
}
