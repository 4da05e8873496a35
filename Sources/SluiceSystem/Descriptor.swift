import Glibc

/// An open descriptor: one owner, closed when the owner lets go.
public struct Descriptor: ~Copyable, Sendable {
    /// Good for calls for as long as this value lives, and for naming it to a `Loop`.
    public let number: CInt

    public init(adopting number: CInt) {
        precondition(number >= 0, "adopted the result of a failed call")
        self.number = number
    }

    /// Takes the result of a call that returns a descriptor, or -1 and errno.
    public init(
        of call: String, on subject: String? = nil, returned number: CInt
    ) throws(SystemError) {
        guard number >= 0 else { throw SystemError(call, subject) }
        self.init(adopting: number)
    }

    /// A second descriptor of the same open file.
    public func duplicate() throws(SystemError) -> Descriptor {
        try Descriptor(of: "fcntl", returned: fcntl(number, F_DUPFD_CLOEXEC, 0))
    }

    /// Makes calls on it return rather than wait. A property of the open file, and so of every
    /// duplicate.
    public func setNonblocking() throws(SystemError) {
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            throw SystemError("fcntl")
        }
    }

    /// Gives the number to a callee that will close it.
    public consuming func surrender() -> CInt {
        let number = number
        discard self
        return number
    }

    deinit { _ = close(number) }
}
