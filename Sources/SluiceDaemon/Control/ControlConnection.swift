import SluiceModel
import SluiceSystem
import SluiceWire

/// What a reply waits for that only somebody else knows.
enum Awaited: Hashable {
    /// The store, by the token of the call.
    case store(UInt64)
    /// systemd.
    case unit(UInt64)
}

/// A reply that cannot leave yet.
private enum HeldReply: Equatable {
    /// It waits for those before it alone.
    case ready([UInt8])
    /// For a file to be written.
    case written(UInt64, [UInt8])
    /// For what nobody knows yet.
    case answered(Awaited)
}

/// One connection of the control socket: Varlink messages in and out.
final class ControlConnection {
    let serial: UInt64
    let credentials: PeerCredentials
    private let socket: Descriptor
    private var decoder = VarlinkDecoder()
    private var output: [UInt8] = []
    /// Replies in order, of which the first waits for something. No calls are taken meanwhile, so
    /// they are those of one turn at most.
    private var held: [HeldReply] = []
    private var sent = 0
    /// What happened in this turn. It follows the turn's answers, so that a monitor hears first
    /// that it is one.
    private var events: [UInt8] = []
    var interest = Loop.Interest.read
    /// Whether it sent more calls than were taken yet.
    var hasMore = false
    /// Whether it is told what happens.
    var isMonitoring = false
    /// Whether it wants the life of each request, too.
    var wantsRequests = false
    /// It said what is no call, and is closed when it has its answers.
    var isEnding = false
    /// Events not sent because it did not read.
    var dropped = 0

    init(_ socket: consuming Descriptor, serial: UInt64) throws(SystemError) {
        credentials = try PeerCredentials(of: socket)
        self.serial = serial
        self.socket = socket
    }

    var number: CInt { socket.number }
    var waitingBytes: Int { output.count - sent + events.count }

    /// Reads what is there. False: the peer is gone.
    func receive() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { room in
            switch socket.receive(into: room) {
            case .bytes(let count):
                decoder.receive(UnsafeRawBufferPointer(room)[..<count])
                return true
            case .wouldBlock: return true
            case .closed, .failed, .descriptorsLost: return false
            }
        }
    }

    func nextMessage() throws(VarlinkError) -> [UInt8]? { try decoder.next() }

    func send(_ message: [UInt8]) {
        guard held.isEmpty else { return held.append(.ready(message)) }
        output += message
    }

    /// Sends it when what it confirms is on the disk.
    func send(_ message: [UInt8], after write: UInt64) { held.append(.written(write, message)) }

    /// Sends what is to be said here when it is known.
    func send(answerTo awaited: Awaited) { held.append(.answered(awaited)) }

    /// Whether a reply waits: then no more calls are taken.
    var isHolding: Bool { !held.isEmpty }

    /// Lets go of what waited for a write.
    ///
    /// - Parameter refusal: instead of the replies; nil: it went well.
    func confirm(_ write: UInt64, or refusal: [UInt8]?) {
        for index in held.indices {
            guard case .written(let number, let message) = held[index], number <= write else {
                continue
            }
            held[index] = .ready(refusal ?? message)
        }
        release()
    }

    /// Says what was waited for.
    func answer(_ awaited: Awaited, _ message: [UInt8]) {
        guard let index = held.firstIndex(of: .answered(awaited)) else { return }
        held[index] = .ready(message)
        release()
    }

    private func release() {
        while case .ready(let message) = held.first {
            output += message
            held.removeFirst()
        }
    }

    func send(event message: [UInt8]) { events += message }

    /// Sends what the socket takes. False: the peer is gone.
    func flush() -> Bool {
        output += events
        events.removeAll(keepingCapacity: true)
        while sent < output.count {
            let result = output.withUnsafeBytes { bytes in
                socket.send(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
            switch result {
            case .bytes(let count): sent += count
            case .wouldBlock: return true
            case .closed, .failed: return false
            }
        }
        output.removeAll()
        sent = 0
        return true
    }
}
