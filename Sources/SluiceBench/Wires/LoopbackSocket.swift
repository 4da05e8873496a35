import Glibc
import SluiceSystem

/// TCP within the machine, for brokers that have nothing nearer.
enum LoopbackSocket {
    /// A socket that blocks, and that sends at once what is written.
    static func connect(to port: UInt16) throws(SystemError) -> Descriptor {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_INET, type, 0)
        guard number >= 0 else { throw SystemError("socket") }
        let socket = Descriptor(adopting: number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.number, $0, size)
            }
        }
        guard code == 0 else { throw SystemError("connect", "127.0.0.1:\(port)") }
        var isOn: CInt = 1
        let option = socklen_t(MemoryLayout<CInt>.size)
        guard setsockopt(socket.number, CInt(IPPROTO_TCP), TCP_NODELAY, &isOn, option) == 0 else {
            throw SystemError("setsockopt", "TCP_NODELAY")
        }
        return socket
    }
}
