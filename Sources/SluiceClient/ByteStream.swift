import Glibc
import SluiceSystem

/// A connected socket that waits: sends everything it is given, returns when something came.
struct ByteStream: ~Copyable {
    private let socket: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(connectingTo path: String) throws(ClientError) {
        do {
            socket = try UnixSocket.connect(to: path, blocking: true)
        } catch {
            throw ClientError(error, at: path)
        }
    }

    /// Sends all of it; the descriptors stay ours and travel with the first byte.
    borrowing func send(_ bytes: [UInt8], descriptors: [CInt] = []) throws(ClientError) {
        var start = 0
        while start < bytes.count {
            switch sendOnce(bytes[start...], descriptors: start == 0 ? descriptors : []) {
            case .bytes(let count): start += count
            case .wouldBlock: continue
            case .closed: throw .closed
            case .failed(let code): throw .system(SystemError("sendmsg", code: code))
            }
        }
    }

    /// What has come, after waiting for it; and the descriptors that came with it.
    mutating func receive(
        descriptors: inout DescriptorQueue
    ) throws(ClientError) -> ArraySlice<UInt8> {
        let received = buffer.withUnsafeMutableBytes { bytes in
            socket.receive(into: bytes, descriptors: &descriptors)
        }
        switch received {
        case .bytes(let count): return buffer[..<count]
        case .wouldBlock: return []
        case .closed: throw .closed
        case .descriptorsLost: throw .protocolViolation("descriptors were lost")
        case .failed(let code): throw .system(SystemError("recvmsg", code: code))
        }
    }

    private borrowing func sendOnce(_ bytes: ArraySlice<UInt8>, descriptors: [CInt]) -> Sent {
        bytes.withUnsafeBytes { source in
            // Sending only reads; the call's type is older than const.
            let part = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: source.baseAddress),
                iov_len: source.count)
            return withUnsafePointer(to: part) { first in
                socket.send(
                    UnsafeBufferPointer(start: first, count: 1), descriptors: descriptors)
            }
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
