import Foundation
import Glibc
import SluiceClient
import SluiceSystem
import SluiceWire

/// One socket of a daemon that does what a test says, in a thread of its own, for one connection
/// after the other. Each ends with its script.
final class FakeDaemon: Sendable {
    /// For the `runtimeDirectory` of a connection.
    let directory: String
    private let thread: Joining

    typealias Script = @Sendable (inout Peer) throws -> Void

    convenience init(_ socket: DaemonSocket, _ script: @escaping Script) throws {
        try self.init(socket, scripts: [script])
    }

    init(_ socket: DaemonSocket, scripts: [Script]) throws {
        let directory = "/tmp/sluice-client-tests-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        self.directory = directory
        let listener = Handed(try UnixListener(path: socket.path(in: directory), mode: 0o600))
        thread = Joining {
            let listener = try listener.take()
            for script in scripts {
                try wait(for: listener.number, POLLIN)
                guard let connection = try listener.accept() else { return }
                var peer = Peer(connection)
                try script(&peer)
            }
        }
    }

    /// Waits for the script's end and throws what it threw.
    func finish() throws { try thread.join() }

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch { print(error) }
    }
}

/// The daemon's end of a connection.
struct Peer: ~Copyable {
    private let socket: Descriptor
    private var varlink = VarlinkDecoder()
    private var frames = FrameDecoder()
    var descriptors = DescriptorQueue()
    var strings = StringCache()

    init(_ socket: consuming Descriptor) { self.socket = socket }

    mutating func nextCall() throws -> VarlinkCall {
        while true {
            if let message = try varlink.next() { return try VarlinkCall(message: message) }
            varlink.receive(try receive())
        }
    }

    mutating func nextFrame() throws -> Frame {
        while true {
            if let frame = try frames.next() { return frame }
            let before = descriptors.count
            let bytes = try receive()
            frames.receive(atLeast: bytes.count) { room in
                room.copyBytes(from: bytes)
                return bytes.count
            }
            frames.receive(descriptors: descriptors.count - before)
        }
    }

    /// Answers HELLO, with which every connection begins.
    @discardableResult
    mutating func welcome(instance: UInt64 = 2, _ features: Features = []) throws -> Hello {
        var offer = Welcome(instance: UniqueID(high: 1, low: instance))
        offer.features = features
        var opening = DaemonOpening(offering: offer)
        guard case .welcome(let hello, let welcome) = opening.receive(try nextFrame()) else {
            throw Surprise.frame
        }
        frames.bodyLimit = welcome.longestBody
        try send { out in welcome.encode(into: &out) }
        return hello
    }

    func send(_ bytes: [UInt8], descriptor: CInt? = nil) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let first = rest.count == bytes.count
            let sent = rest.withUnsafeBytes { source in
                let part = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: source.baseAddress),
                    iov_len: source.count)
                return withUnsafePointer(to: part) {
                    socket.send(
                        UnsafeBufferPointer(start: $0, count: 1),
                        descriptors: first ? [descriptor].compactMap { $0 } : [])
                }
            }
            switch sent {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try wait(for: socket.number, POLLOUT)
            case .closed, .failed: throw Surprise.closed
            }
        }
    }

    func send(
        descriptor: CInt? = nil, _ encode: (inout OutputBuffer) -> Void
    ) throws {
        var out = OutputBuffer()
        encode(&out)
        try send(Array(out.readable), descriptor: descriptor)
    }

    /// Whether the other side closes next.
    mutating func expectClosed() throws {
        do {
            _ = try receive()
            throw Surprise.frame
        } catch Surprise.closed {
            return
        }
    }

    private mutating func receive() throws -> [UInt8] {
        try wait(for: socket.number, POLLIN)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let received = buffer.withUnsafeMutableBytes {
            socket.receive(into: $0, descriptors: &descriptors)
        }
        switch received {
        case .bytes(let count): return Array(buffer[..<count])
        case .wouldBlock: return []
        case .closed, .descriptorsLost, .failed: throw Surprise.closed
        }
    }
}

enum Surprise: Error { case frame, closed, timeout, taken }

/// Waits, but not so long that a broken test hangs.
private func wait(for number: CInt, _ event: Int32) throws {
    var entry = pollfd(fd: number, events: Int16(event), revents: 0)
    guard poll(&entry, 1, 20_000) == 1 else { throw Surprise.timeout }
}
