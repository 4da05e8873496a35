import SluiceModel

/// What a frame says about itself in its header.
public struct FrameFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The payload is the content of the frame's descriptor; the body has only its size.
    public static let inDescriptor = FrameFlags(rawValue: 0x01)
    /// On SUBMIT: send STATUS until the request is started.
    public static let wantsStatus = FrameFlags(rawValue: 0x02)
}

/// One whole frame, where the decoder has it.
public struct Frame {
    public var header: Header
    /// Valid until the decoder is next called: copy what must live longer.
    public var body: UnsafeRawBufferPointer

    public var kind: Kind { header.kind }
    public var id: UInt64 { header.id }

    /// What follows the item in a worker's PROGRESS, LOG or CHUNK. It is, byte for byte, the body
    /// of the frame of that name that a client is sent, so that a report can be passed on as it
    /// is once it was decoded, and so checked.
    public var reportBody: UnsafeRawBufferPointer {
        precondition([.itemProgress, .itemLog, .itemChunk].contains(kind), "\(kind) is no report")
        return UnsafeRawBufferPointer(rebasing: body.dropFirst(MemoryLayout<UInt32>.size))
    }
}

/// The 16 bytes in front of a body, already checked: a header that exists is one that the page
/// allows.
///
///     offset size field
///          0    4 length       bytes of the body
///          4    1 kind
///          5    1 flags
///          6    1 descriptors  file descriptors that travel with the frame
///          7    1 zero
///          8    8 id           the request or grant it is about, or 0
public struct Header: Hashable, Sendable {
    public static let size = 16

    public var bodySize: Int
    public var kind: Kind
    public var flags: FrameFlags
    public var descriptors: Int
    public var id: UInt64

    public var frameSize: Int { Header.size + bodySize }

    init(bodySize: Int, kind: Kind, flags: FrameFlags, descriptors: Int, id: UInt64) {
        self.bodySize = bodySize
        self.kind = kind
        self.flags = flags
        self.descriptors = descriptors
        self.id = id
    }

    /// - Parameter bytes: at least `Header.size` of them.
    init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        guard let kind = Kind(rawValue: bytes[4]) else { throw .unknownKind(bytes[4]) }
        self.kind = kind
        bodySize = Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        flags = FrameFlags(rawValue: bytes[5])
        descriptors = Int(bytes[6])
        id = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))

        guard kind.allowedFlags.isSuperset(of: flags) else {
            throw .malformed(kind, field: "flags", .unknown(flags.rawValue))
        }
        guard descriptors == (flags.contains(.inDescriptor) ? 1 : 0) else {
            throw .malformed(kind, field: "descriptors", .outOfRange)
        }
        guard bytes[7] == 0 else { throw .malformed(kind, field: "zero", .notZero) }
        guard id == 0 || !kind.isAboutConnection else {
            throw .malformed(kind, field: "id", .notZero)
        }
    }
}
