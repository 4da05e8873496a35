import SluiceSystem

/// A worker that answers every request with its own bytes, in a process of its own.
public enum EchoWorker {
    /// Serves a broker until it closes. `ready` is called when it knows what is served.
    public static func serve(
        _ broker: BrokerKind, _ job: EchoJob, ready: () -> Void
    ) throws(BenchError) {
        switch broker {
        case .relay: try Crew<RelayWorker>(job).serve(ready)
        case .sluice: try Crew<SluiceWorkerWire>(job).serve(ready)
        case .redis: try Crew<RedisWorker>(job).serve(ready)
        case .nats: try Crew<NatsWorker>(job).serve(ready)
        case .beanstalkd: try Crew<BeanstalkWorker>(job).serve(ready)
        }
    }
}

/// Its connections, in one thread.
private struct Crew<Wire: WorkerWire & ~Copyable>: ~Copyable {
    private let loop: Loop
    private let members: [Member<Wire>]

    init(_ job: EchoJob) throws(BenchError) {
        let loop = try system { () throws(SystemError) in try Loop() }
        let each = (job.functions + job.connections - 1) / job.connections
        var members: [Member<Wire>] = []
        for index in 0..<job.connections {
            let first = min(index * each, job.functions)
            let share = first..<min(first + each, job.functions)
            // Where there are not enough for all, each serves all.
            let functions = job.functions < job.connections ? 0..<job.functions : share
            let token = Loop.Token(rawValue: UInt64(index))
            members.append(try Member(job, functions: functions, token: token, in: loop))
        }
        self.loop = loop
        self.members = members
    }

    func serve(_ ready: () -> Void) throws(BenchError) {
        var isReady = false
        var readinesses: [Loop.Readiness] = []
        while true {
            if !isReady, members.allSatisfy({ $0.wire.isOpen }) {
                isReady = true
                ready()
            }
            try system { () throws(SystemError) in try loop.wait(until: nil, into: &readinesses) }
            for readiness in readinesses {
                let member = members[Int(readiness.token.rawValue)]
                guard try member.serve(readiness, loop) else {
                    guard isReady else { throw .closed(by: "the broker") }
                    return
                }
            }
        }
    }
}

private final class Member<Wire: WorkerWire & ~Copyable> {
    private var channel: Channel
    var wire: Wire

    init(
        _ job: EchoJob, functions: Range<Int>, token: Loop.Token, in loop: borrowing Loop
    ) throws(BenchError) {
        channel = try Channel(connectingTo: job.path, token: token, in: loop)
        wire = Wire(job, functions: functions)
        try wire.open(into: &channel.outbox)
        try channel.flush(loop)
    }

    /// Answers what came; false at the end. It reads also while its answers do not leave: a broker
    /// may take no more from who does not take what it has for him.
    func serve(_ readiness: Loop.Readiness, _ loop: borrowing Loop) throws(BenchError) -> Bool {
        if readiness.isReadable {
            let received = wire.receive(from: channel.socket)
            if case .closed = received { return false }
            if try received.isSomething(from: "the broker") { try answer() }
        }
        try channel.flush(loop)
        return true
    }

    private func answer() throws(BenchError) {
        // Taken out meanwhile, because the socket is needed, too.
        var outbox = Outbox()
        swap(&outbox, &channel.outbox)
        try wire.answer(into: &outbox) { outbox throws(BenchError) in
            if case .blocked = try outbox.flush(to: channel.socket) { try outbox.keep() }
        }
        swap(&outbox, &channel.outbox)
    }
}
