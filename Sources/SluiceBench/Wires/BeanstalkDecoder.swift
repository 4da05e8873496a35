import SluiceSystem

/// Cuts what comes from beanstalkd into replies.
struct BeanstalkDecoder: ~Copyable {
    enum Reply {
        /// Valid until the next reply is asked for.
        case reserved(job: Int, UnsafeRawBufferPointer)
        /// Nothing was there to be reserved.
        case timedOut
        /// The answer to `use`, or the last of those to `watch` and `ignore`.
        case using, watching
        case done
    }

    private var input = TextInput()

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        input.receive(from: socket)
    }

    mutating func receive(_ read: (UnsafeMutableRawBufferPointer) -> Int) { input.receive(read) }

    mutating func next() throws(BenchError) -> Reply? {
        guard let line = input.line(at: 0) else {
            input.trim()
            return nil
        }
        let after = line.count + TextInput.lineEnd
        if line.hasPrefix("RESERVED ") { return try reserved(line, after) }
        let reply: Reply
        if line.hasPrefix("INSERTED ") || line.hasPrefix("DELETED") {
            reply = .done
        } else if line.hasPrefix("TIMED_OUT") {
            reply = .timedOut
        } else if line.hasPrefix("USING ") {
            reply = .using
        } else if line.hasPrefix("WATCHING ") {
            reply = line.hasPrefix("WATCHING 1") ? .watching : .done
        } else {
            throw .malformed("beanstalkd said \(line.text)")
        }
        input.take(after)
        return reply
    }

    private mutating func reserved(
        _ line: UnsafeRawBufferPointer, _ after: Int
    ) throws(BenchError) -> Reply? {
        guard let job = line.decimal(from: 9), let size = line.decimal(from: job.end + 1) else {
            throw .malformed("beanstalkd said \(line.text)")
        }
        guard let bytes = input.block(at: after, count: size.number) else { return nil }
        input.take(after + size.number + TextInput.lineEnd)
        return .reserved(job: job.number, bytes)
    }
}

/// How many reservations to send at once. A batch is one that waits and others that do not; a wait
/// blocks the connection, so what they bring is known only when all were answered.
struct Reservations {
    let most: Int
    private var wanted = 1
    private var missing = 0
    private var taken = 0
    private var missed = 0

    init(most: Int) { self.most = most }

    /// So many to send now: none while there are some whose answers are to come.
    mutating func next() -> Int {
        guard missing == 0 else { return 0 }
        // As many as there were last time, and one to find out whether there are more.
        if taken > 0 { wanted = missed > 0 ? taken + 1 : wanted * 2 }
        wanted = min(wanted, most)
        (missing, taken, missed) = (wanted, 0, 0)
        return wanted
    }

    mutating func noteTaken() {
        missing -= 1
        taken += 1
    }

    mutating func noteMissed() {
        missing -= 1
        missed += 1
    }
}
