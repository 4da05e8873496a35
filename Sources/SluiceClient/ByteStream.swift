import Glibc
import SluiceSystem

/// A connected socket that waits: sends everything it is given, returns when something came.
struct ByteStream: ~Copyable {
    private let socket: Descriptor
    private let path: String

    init(connectingTo path: String, _ patience: Patience) throws(ClientError) {
        // Where very many wait to be accepted, connecting waits with them.
        socket = try patience.wait(for: path) { time throws(ClientError) in
            do throws(SocketError) {
                return try UnixSocket.connect(to: path, within: time)
            } catch {
                throw ClientError(error, at: path)
            }
        }
        self.path = path
    }

    /// Sends all of it; the descriptors stay the caller's and travel with the first byte.
    borrowing func send(
        _ bytes: UnsafeRawBufferPointer, descriptors: [CInt] = []
    ) throws(ClientError) {
        var rest = bytes
        var unsent = descriptors
        while !rest.isEmpty {
            switch sendOnce(rest, descriptors: unsent) {
            case .bytes(let count):
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                unsent = []
            case .wouldBlock: continue
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
        try awaitInput(patience)
        switch socket.receive(into: buffer, descriptors: &descriptors) {
        case .bytes(let count): return count
        case .wouldBlock: return 0
        case .closed: throw .closed
        case .descriptorsLost: throw .protocolViolation("descriptors were lost")
        case .failed(let code): throw .system(SystemError("recvmsg", code: code))
        }
    }

    borrowing func hasArrivals() throws(ClientError) -> Bool {
        do throws(SystemError) {
            return try socket.isReadable(within: .zero)
        } catch {
            throw .system(error)
        }
    }

    private borrowing func awaitInput(_ patience: Patience) throws(ClientError) {
        // Reading waits for ever by itself, in one call.
        guard !patience.isEndless else { return }
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
