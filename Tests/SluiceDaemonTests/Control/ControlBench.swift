import Glibc
import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

@testable import SluiceDaemon

/// A control plane, and what of the daemon it takes to carry it.
final class ControlBench {
    private(set) var plane: ControlPlane
    private let loop: Loop
    private var engine = Engine()
    private var effects: [Effect] = []
    private(set) var notices: [Notice] = []
    /// What systemd would have been asked for, by connection; each waits for its answer.
    private(set) var orders: [(connection: UInt64, order: (job: Units.Job, unit: WorkerUnit))] = []
    private var ready: [Loop.Readiness] = []

    /// - Parameter directory: where overrides are kept; nil: nowhere.
    init(
        keepsDetached: Bool = true, in directory: String? = nil, writer: FileWriter? = nil
    ) throws {
        loop = try Loop()
        plane = ControlPlane(
            instance: UniqueID(high: 1, low: 2), limits: DaemonConfiguration(),
            overrides: OverrideStore(in: directory, writer: try writer ?? FileWriter()),
            keepsDetached: keepsDetached)
    }

    func connect() throws -> ControlPeer {
        var ends: [CInt] = [0, 0]
        // SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
        guard socketpair(AF_UNIX, 1 | O_CLOEXEC | O_NONBLOCK, 0, &ends) == 0 else {
            throw SystemError("socketpair")
        }
        let peer = ControlPeer(Descriptor(adopting: ends[1]))
        try plane.accept(Descriptor(adopting: ends[0]), loop)
        return peer
    }

    /// One turn of the daemon, as far as the control socket is concerned.
    ///
    /// - Parameters:
    ///   - events: what comes to the engine before the calls of the turn.
    ///   - take: what comes from outside, after them.
    func turn(
        _ events: [Event] = [], _ take: (inout ControlPlane) -> Void = { _ in }
    ) throws {
        try loop.wait(until: .distantPast, into: &ready)
        for readiness in ready {
            guard case .control(let serial)? = Token(readiness.token) else { continue }
            plane.serve(serial, readiness)
        }
        plane.serveUnserved()
        effects.removeAll()
        let now = Loop.now()
        engine.turn(events + plane.takeEvents(), at: now, into: &effects)
        for effect in effects {
            switch effect {
            case .reply(let token, let reply): plane.take(reply, for: token)
            case .notice(let notice): notices.append(notice)
            default: break
            }
        }
        for owed in plane.takeOwed() {
            switch owed {
            case .answer(let call):
                guard let order = try call.call.unitJob else {
                    plane.answer(call, engine, since: now, at: now)
                    continue
                }
                orders.append((call.connection.serial, order))
                call.connection.send(answerTo: .unit(UInt64(orders.count)))
            case .message(let message, let connection): connection.send(message)
            }
        }
        take(&plane)
        plane.overrides.flush(at: .distantFuture)
        try plane.flush(loop)
    }

    /// What happens to the engine in a turn.
    func happen(_ events: [Event]) throws {
        let now = Loop.now()
        engine.turn(events, at: now, into: &effects)
        try turn()
    }

    /// A turn in which the store answers.
    func take(_ outcome: StoreOutcome, for token: UInt64) throws -> LogRecord? {
        let record = plane.take(outcome, engine, for: token, at: Loop.now())
        try turn()
        return record
    }

    /// What a turn has to ask of the store.
    func asks() throws -> [StoreAsk] {
        var asks: [StoreAsk] = []
        try turn { asks = $0.takeStoreAsks() }
        return asks
    }
}

/// The other end of a control connection.
final class ControlPeer {
    private var socket: Descriptor?
    private var decoder = VarlinkDecoder()

    init(_ socket: consuming Descriptor) { self.socket = consume socket }

    func hangUp() { socket = nil }

    func send<Method: VarlinkMethod>(_ method: Method, more: Bool = false) throws {
        try send(VarlinkCall.message(Method.name, method, more: more))
    }

    func send(_ bytes: [UInt8]) throws {
        let sent = bytes.withUnsafeBytes { socket?.send($0) }
        guard sent == .bytes(bytes.count) else { throw Unexpected() }
    }

    /// The replies that are here.
    func replies() throws -> [VarlinkReply] {
        var replies: [VarlinkReply] = []
        while true {
            while let message = try decoder.next() {
                replies.append(try VarlinkReply(message: message))
            }
            let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { room in
                guard case .bytes(let count)? = socket?.receive(into: room) else { return 0 }
                decoder.receive(UnsafeRawBufferPointer(room)[..<count])
                return count
            }
            guard count > 0 else { return replies }
        }
    }

    /// The one that is here.
    func reply() throws -> VarlinkReply {
        let all = try replies()
        guard let first = all.first, all.count == 1 else { throw Unexpected() }
        return first
    }

    func refusal() throws -> ControlError? { ControlError(try reply()) }
}
