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
        while !unfinished.isEmpty {
            guard let event = try nextEvent() else {
                try say()
                continue
            }
            guard let target = event.target, unfinished.contains(target) else { continue }
            if event.kind == .drained { unfinished.remove(target) }
            guard event.kind == .held, let hold = event.hold, hold != .draining else { continue }
            return .takenBack(target, hold)
        }
        return .drained
    }

    /// Nil where none came in a while.
    private mutating func nextEvent() throws(ClientError) -> Control.Event? {
        // The first look is at once: an end that is already there makes no words.
        let patience = said.isEmpty ? Duration.milliseconds(50) : Self.lookAgain
        do throws(ClientError) {
            guard let reply = try events.next(within: patience) else { throw ClientError.closed }
            return reply.event
        } catch .silent {
            return nil
        }
    }

    private mutating func say() throws(ClientError) {
        for target in targets where unfinished.contains(target) {
            let standing = try control.standing(of: target)
            if let text = drainText(target, standing, before: said[target]) {
                Terminal.complain(Terminal.style(of: STDERR_FILENO).wrap(text))
            }
            said[target] = standing
        }
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
            return try standing(waiting: daemon.waiting, running: daemon.running)
        case .queue(let name):
            let queue = try call(Control.GetQueue(concurrencyID: name)).queue
            return try standing(waiting: queue.waiting, running: queue.running, queue: name)
        case .function(let name):
            guard let function = try functions().first(where: { $0.function == name }) else {
                return DrainStanding(waiting: 0, running: 0)
            }
            return try standing(
                waiting: function.waiting, running: function.running, function: name)
        case .worker(let id):
            let busy = try workers().first { $0.id == id }?.busy
            return DrainStanding(waiting: 0, running: busy ?? 0)
        }
    }

    private func standing(
        waiting: Int, running: Int, queue: String? = nil, function: String? = nil
    ) throws(ClientError) -> DrainStanding {
        var standing = DrainStanding(waiting: waiting, running: running)
        guard waiting > 0, running == 0,
            let oldest = try requests(of: queue, function: function, atMost: 1).first
        else { return standing }
        do throws(ClientError) {
            standing.oldest = try call(Control.Explain(id: oldest.id))
        } catch .refused(.unknownRequest) {
            // It ended while we asked.
        }
        return standing
    }
}
