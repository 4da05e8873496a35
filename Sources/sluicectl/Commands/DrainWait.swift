import Glibc
import SluiceClient
import SluiceWire

/// Waits for the end of drains, and says on standard error what keeps them from ending: a drained
/// queue whose function is paused would be waited for in vain, without a word.
struct DrainWait {
    enum End {
        case drained
        /// Somebody took it back, so that its end will not come.
        case takenBack(Control.Target, Control.Hold)
    }

    private let targets: [Control.Target]
    private let control: ControlConnection
    private var events: ReplyStream<Control.Monitor>
    private var unfinished: Set<Control.Target>
    private var said: [Control.Target: DrainStanding] = [:]

    /// How long what stands in the way may stay unsaid.
    private static let lookAgain = Duration.seconds(1)

    /// - Parameters:
    ///   - events: that began before the drains did, so that no end of one is missed.
    ///   - control: another connection, for questions between the events.
    init(
        for targets: [Control.Target], in events: ReplyStream<Control.Monitor>,
        asking control: ControlConnection
    ) {
        self.targets = targets
        self.control = control
        self.events = events
        unfinished = Set(targets)
    }

    mutating func untilOver() throws(ClientError) -> End {
        // The first look is at once: an end that is already there makes no words.
        var nextLook = ContinuousClock.now + .milliseconds(50)
        while !unfinished.isEmpty {
            // Events do not put the look off: there may be no end of them.
            guard let event = try nextEvent(before: nextLook) else {
                if let end = try look() { return end }
                nextLook = .now + Self.lookAgain
                continue
            }
            guard let target = event.target, unfinished.contains(target) else { continue }
            if event.kind == .drained { unfinished.remove(target) }
            guard event.kind == .held, let hold = event.hold, hold != .draining else { continue }
            return .takenBack(target, hold)
        }
        return .drained
    }

    /// Nil where none came until then.
    private mutating func nextEvent(
        before moment: ContinuousClock.Instant
    ) throws(ClientError) -> Control.Event? {
        let rest = moment - .now
        guard rest > .zero else { return nil }
        do throws(ClientError) {
            guard let reply = try events.next(within: rest) else { throw ClientError.closed }
            return reply.event
        } catch .silent {
            return nil
        }
    }

    /// Says what there is to say; and sees an end of which the event was lost, as events are of
    /// which there are more than we take.
    private mutating func look() throws(ClientError) -> End? {
        for target in targets where unfinished.contains(target) {
            let standing = try control.standing(of: target)
            guard standing.hold == .draining else { return .takenBack(target, standing.hold) }
            guard !standing.isOver else {
                unfinished.remove(target)
                continue
            }
            if let text = drainText(target, standing, before: said[target]) {
                Terminal.complain(Terminal.style(of: STDERR_FILENO).wrap(text))
            }
            said[target] = standing
        }
        return nil
    }
}

extension ControlConnection {
    /// How far a drain is.
    fileprivate func standing(
        of target: Control.Target
    ) throws(ClientError) -> DrainStanding {
        switch target {
        case .daemon:
            let daemon = try call(Control.Status())
            // Its drain is over when all outcomes are stored.
            return try standing(
                waiting: daemon.waiting + (daemon.store?.settling ?? 0), running: daemon.running,
                hold: daemon.hold, isBlocked: { $0 == .waiting || $0 == .settling })
        case .queue(let name):
            guard let queue = try queue(name) else { return .gone }
            return try standing(
                waiting: queue.waiting, running: queue.running, hold: queue.hold, queue: name)
        case .function(let name):
            guard let function = try functions().first(where: { $0.function == name }) else {
                return .gone
            }
            return try standing(
                waiting: function.waiting, running: function.running, hold: function.hold,
                function: name)
        case .worker(let id):
            guard let worker = try workers().first(where: { $0.id == id }) else { return .gone }
            return DrainStanding(waiting: 0, running: worker.busy, hold: worker.hold)
        }
    }

    /// Nil where it is gone.
    private func queue(_ name: String) throws(ClientError) -> Control.Queue? {
        do throws(ClientError) {
            return try call(Control.GetQueue(concurrencyID: name)).queue
        } catch .refused(.unknownQueue) {
            return nil
        }
    }

    private func standing(
        waiting: Int, running: Int, hold: Control.Hold, queue: String? = nil,
        function: String? = nil, isBlocked: (Control.RequestState) -> Bool = { $0 == .waiting }
    ) throws(ClientError) -> DrainStanding {
        var standing = DrainStanding(waiting: waiting, running: running, hold: hold)
        guard waiting > 0, running == 0,
            let oldest = try requests(of: queue, function: function, atMost: 200)
                .first(where: { isBlocked($0.state) })
        else { return standing }
        do throws(ClientError) {
            standing.oldest = try call(Control.Explain(id: oldest.id))
        } catch .refused(.unknownRequest) {
            // It ended while we asked.
        }
        return standing
    }
}
