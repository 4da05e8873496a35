import CSystemd
import Glibc

/// The descriptors that the manager opened for us, by the name their unit gives them
/// (`FileDescriptorName=`). Those nobody takes are closed with this value.
public struct ListenDescriptors: ~Copyable {
    private var remaining: [(name: String, number: CInt)] = []

    /// Takes them all over, and unsets the environment that told of them: a child must not
    /// believe that they are its own. So only the first call in a process finds any, and it must
    /// come before other threads read the environment.
    public init() throws(SystemError) {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw SystemError("sd_listen_fds_with_names", code: -count) }
        guard let names else { return }
        defer { free(names) }
        for index in 0..<count {
            guard let name = names[Int(index)] else { break }
            remaining.append((String(cString: name), SD_LISTEN_FDS_START + index))
            free(name)
        }
    }

    /// The names of what is still here, in the manager's order.
    public var names: [String] { remaining.map(\.name) }

    /// The first with that name, now the caller's. Several may share one.
    public mutating func take(_ name: String) -> Descriptor? {
        guard let index = remaining.firstIndex(where: { $0.name == name }) else { return nil }
        return Descriptor(adopting: remaining.remove(at: index).number)
    }

    deinit {
        for (_, number) in remaining { _ = close(number) }
    }
}
