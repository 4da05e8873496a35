import SluiceModel
import SluiceSystem
import SluiceWire

/// One connection of the control socket: Varlink messages in and out.
final class ControlConnection {
    let serial: UInt64
    let credentials: PeerCredentials
    private let socket: Descriptor
    private var decoder = VarlinkDecoder()
    private var output: [UInt8] = []
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

    func send(_ message: [UInt8]) { output += message }
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
