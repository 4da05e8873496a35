import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire

extension Offence {
    static let all = strange + oversized + withDescriptors

    /// Frames that make no sense, or none here.
    private static let strange = [
        Offence(
            testDescription: "text instead of frames", code: .protocol, names: "kind",
            says: Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), isOpen: false),
        Offence(
            testDescription: "zeros", code: .protocol, names: "kind",
            says: [UInt8](repeating: 0, count: 4096), isOpen: false),
        Offence(
            testDescription: "something before HELLO", code: .protocol, names: "PING",
            says: encoded { out in LinkMessage.ping(1).encode(into: &out) }, isOpen: false),
        Offence(
            testDescription: "HELLO with another magic", code: .protocol, names: "magic",
            says: frame(.hello, [UInt8](repeating: 0x41, count: 34)), isOpen: false),
        Offence(
            testDescription: "a version from the future", code: .version, names: "7 to 9",
            says: encoded { out in
                var hello = hello
                (hello.lowestVersion, hello.highestVersion) = (7, 9)
                hello.encode(into: &out)
            }, isOpen: false),
        Offence(
            testDescription: "HELLO twice", code: .protocol, names: "HELLO",
            says: encoded { out in hello.encode(into: &out) }),
        Offence(
            testDescription: "what the daemon says", code: .protocol, names: "WELCOME",
            says: encoded { out in
                Welcome(instance: UniqueID(high: 1, low: 2)).encode(into: &out)
            }),
        Offence(
            testDescription: "an unknown kind", code: .protocol, names: "0xee",
            says: header(kind: 0xee)),
        Offence(
            testDescription: "an unknown flag", code: .protocol, names: "flags",
            says: header(kind: Kind.ping.rawValue, flags: 0x80)),
        Offence(
            testDescription: "a byte that is not zero", code: .protocol, names: "zero",
            says: header(kind: Kind.ping.rawValue, zero: 1)),
        Offence(
            testDescription: "a body that goes on", code: .protocol, names: "PING",
            says: frame(.ping, [1, 2, 3])),
    ]

    private static let oversized = [
        Offence(
            testDescription: "a body over the limit", code: .tooLarge, names: "length",
            says: header(length: UInt32(Limits.frameBody) + 1, kind: Kind.ping.rawValue)),
        Offence(
            testDescription: "a long body from a stranger", code: .tooLarge, names: "length",
            says: header(length: 1 << 20, kind: Kind.hello.rawValue), isOpen: false),
    ]

    private static let withDescriptors = [
        Offence(
            testDescription: "a descriptor that no frame names", code: .protocol,
            names: "descriptors", says: encoded { out in LinkMessage.ping(1).encode(into: &out) },
            descriptors: { [open("/dev/null", O_RDONLY)] }),
        Offence(
            testDescription: "sixteen descriptors with HELLO", code: .protocol,
            names: "descriptors", says: encoded { out in hello.encode(into: &out) },
            isOpen: false, descriptors: { (0..<16).map { _ in open("/dev/null", O_RDONLY) } }),
        Offence(
            testDescription: "a frame without its descriptor", code: .protocol,
            names: "descriptors",
            says: header(
                length: 8, kind: Kind.submit.rawValue, flags: FrameFlags.inDescriptor.rawValue,
                descriptors: 1)),
    ]
}

/// A header of 16 bytes, as wrong as wanted.
func header(
    length: UInt32 = 0, kind: UInt8, flags: UInt8 = 0, descriptors: UInt8 = 0, zero: UInt8 = 0,
    id: UInt64 = 0
) -> [UInt8] {
    withUnsafeBytes(of: length.littleEndian) { Array($0) } + [kind, flags, descriptors, zero]
        + withUnsafeBytes(of: id.littleEndian) { Array($0) }
}

func frame(_ kind: Kind, id: UInt64 = 0, _ body: [UInt8]) -> [UInt8] {
    header(length: UInt32(body.count), kind: kind.rawValue, id: id) + body
}
