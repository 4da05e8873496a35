import Glibc
import SluiceSystem

/// A connected socket that waits: sends everything it is given, returns when something came.
struct ByteStream: ~Copyable {
    private let socket: Descriptor
    private let path: String

    init(connectingTo path: String, _ patience: Patience) throws(ClientError) {
        // Where very many wait to be accepted, connecting waits with them.
        let socket = try patience.wait(for: path) { time throws(ClientError) in
            do throws(SocketError) {
                return try UnixSocket.connect(to: path, within: time)
            } catch {
                throw ClientError(error, at: path)
            }
        }
        // From here on we wait by ourselves, for the one direction or for both.
        guard fcntl(socket.number, F_SETFL, O_NONBLOCK) == 0 else {
            throw .system(SystemError("fcntl"))
        }
        self.socket = socket
        self.path = path
    }

    /// Readable when something has come.
    var number: CInt { socket.number }

    /// Sends all of it; the descriptors stay the caller's and travel with the first byte.
    ///
    /// - Parameters:
    ///   - isHearing: whether to `hear`.
    ///   - hear: takes what has come, while the peer takes nothing: it may be waiting for that, and
    ///     would wait for ever.
    borrowing func send(
        _ bytes: UnsafeRawBufferPointer, descriptors: [CInt] = [], isHearing: Bool = false,
        hear: () throws(ClientError) -> Void = {}
    ) throws(ClientError) {
        var rest = bytes
        var unsent = descriptors
        while !rest.isEmpty {
            switch sendOnce(rest, descriptors: unsent) {
            case .bytes(let count):
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                unsent = []
            case .wouldBlock:
                if try awaitRoom(orInput: isHearing) { try hear() }
            case .closed: throw .closed
            case .failed(let code): throw .system(SystemError("sendmsg", code: code))
            }
        }
    }

    /// Waits until something has come and says how many bytes of it are in the buffer.
    borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer, descriptors: inout DescriptorQueue,
        _ patience: Patience = .endless
    ) throws(ClientError) -> Int {
        while true {
            switch socket.receive(into: buffer, descriptors: &descriptors) {
            case .bytes(let count): return count
            case .wouldBlock: try awaitInput(patience)
            case .closed: throw .closed
            case .descriptorsLost: throw .protocolViolation("descriptors were lost")
            case .failed(let code): throw .system(SystemError("recvmsg", code: code))
            }
        }
    }

    borrowing func hasArrivals() throws(ClientError) -> Bool {
        do throws(SystemError) {
            return try socket.isReadable(within: .zero)
        } catch {
            throw .system(error)
        }
    }

    /// Waits until a send would not, or something came, if that is of interest.
    ///
    /// - Returns: whether something came.
    private borrowing func awaitRoom(orInput: Bool) throws(ClientError) -> Bool {
        let events = orInput ? POLLIN | POLLOUT : POLLOUT
        var entry = pollfd(fd: socket.number, events: Int16(events), revents: 0)
        while poll(&entry, 1, -1) < 0 {
            guard errno == EINTR else { throw .system(SystemError("poll")) }
        }
        return entry.revents & Int16(POLLIN) != 0
    }

    private borrowing func awaitInput(_ patience: Patience) throws(ClientError) {
        _ = try patience.wait(for: path) { time throws(ClientError) in
            do throws(SystemError) {
                return try socket.isReadable(within: time) ? true : nil
            } catch {
                throw .system(error)
            }
        }
    }

    private borrowing func sendOnce(
        _ bytes: UnsafeRawBufferPointer, descriptors: [CInt]
    ) -> Sent {
        // Sending only reads; the call's type is older than const.
        let part = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        return withUnsafePointer(to: part) { first in
            socket.send(UnsafeBufferPointer(start: first, count: 1), descriptors: descriptors)
        }
    }
}

extension ClientError {
    /// What a failed connect means to whoever wants to know what to do.
    init(_ error: SocketError, at path: String) {
        switch error {
        case .unusablePath(let path): self = .unusablePath(path)
        case .system(let error):
            switch error.code {
            case ENOENT, ECONNREFUSED, ENOTDIR: self = .notRunning(socket: path)
            case EACCES, EPERM: self = .notPermitted(socket: path)
            default: self = .system(error)
            }
        case .inUse, .notASocket, .notAListener: self = .protocolViolation(error.description)
        }
    }
}
