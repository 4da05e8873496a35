import Glibc
import NIOCore
import SluiceGateway
import SluiceWire

extension SocketAddress {
    /// Whether only this machine can be there.
    var isLoopback: Bool {
        switch self {
        case .unixDomainSocket: false
        case .v4: ipAddress?.hasPrefix("127.") ?? false
        case .v6: ipAddress == "::1" || ipAddress?.hasPrefix("::ffff:127.") ?? false
        }
    }

    /// Whether a process of this machine is there.
    var isOfThisMachine: Bool {
        if case .unixDomainSocket = self { true } else { isLoopback }
    }

    /// Where somebody is who has no token, as the name of a caller.
    var callerName: String? {
        guard let ipAddress, Name.isValid(ipAddress) else { return nil }
        return ipAddress
    }

    /// Who is counted for what is asked from there.
    var holder: Holder {
        switch self {
        case .unixDomainSocket: .unknown
        case .v4: ipAddress.map { .address($0) } ?? .unknown
        case .v6(let address):
            // Whoever has one address of IPv6 has 2^64 of them.
            .address(Self.network(address.address.sin6_addr))
        }
    }

    private static func network(_ address: in6_addr) -> String {
        withUnsafeBytes(of: address) { bytes in
            // An address of IPv4 in the clothes of the other.
            guard !bytes.prefix(10).allSatisfy({ $0 == 0 }) || bytes[10] != 0xff else {
                return bytes.suffix(4).map { "\($0)" }.joined(separator: ".")
            }
            guard !bytes.prefix(8).allSatisfy({ $0 == 0 }) else { return "::/64" }
            return stride(from: 0, to: 8, by: 2)
                .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":") + "::/64"
        }
    }
}
