import SluiceModel

/// Reads the fields of a body in order. The one place where bytes of a peer are looked at; every
/// read is checked against what is left, and fails by the name of the field.
struct BodyReader {
    let header: Header
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ frame: Frame) {
        header = frame.header
        bytes = frame.body
    }

    var kind: Kind { header.kind }
    var remaining: Int { bytes.count - position }

    func fault(_ field: String, _ fault: WireError.Fault) -> WireError {
        .malformed(kind, field: field, fault)
    }

    @inline(__always)
    mutating func integer<Integer: FixedWidthInteger>(
        _ field: String, as type: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { throw fault(field, .endsEarly) }
        defer { position += size }
        return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }

    /// A u32 within bounds, as a number to count and index with.
    mutating func count(_ field: String, in range: ClosedRange<Int>) throws(WireError) -> Int {
        let value = Int(try integer(field, as: UInt32.self))
        guard range.contains(value) else { throw fault(field, .outOfRange) }
        return value
    }

    mutating func truth(_ field: String) throws(WireError) -> Bool {
        let value = try integer(field, as: UInt8.self)
        guard value <= 1 else { throw fault(field, .outOfRange) }
        return value == 1
    }

    mutating func zero<Integer: FixedWidthInteger>(as type: Integer.Type) throws(WireError) {
        guard try integer("zero", as: type) == 0 else { throw fault("zero", .notZero) }
    }

    /// One item of a grant.
    mutating func item(_ field: String = "item") throws(WireError) -> Int {
        try count(field, in: 0...Limits.batchSize - 1)
    }

    /// One item of a grant, or nil for all of it.
    mutating func itemOrAll() throws(WireError) -> Int? {
        let value = try integer("item", as: UInt32.self)
        guard value != .max else { return nil }
        guard value < Limits.batchSize else { throw fault("item", .outOfRange) }
        return Int(value)
    }

    /// So many bytes, where they lie.
    @inline(__always)
    mutating func bytes(_ field: String, count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard remaining >= count else { throw fault(field, .endsEarly) }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A u16 length and so many bytes.
    mutating func bytes(_ field: String, limit: Int) throws(WireError) -> UnsafeRawBufferPointer {
        let size = Int(try integer(field, as: UInt16.self))
        guard size <= limit else { throw fault(field, .tooLong(bytes: size, limit: limit)) }
        return try bytes(field, count: size)
    }

    mutating func name(
        _ field: String, _ strings: inout StringCache
    ) throws(WireError) -> String {
        let bytes = try bytes(field, limit: Limits.nameBytes)
        return try checkedName(bytes, kind, field, &strings)
    }

    /// The same where it lies, checked.
    mutating func nameBytes(
        _ field: String, _ strings: inout StringCache
    ) throws(WireError) -> UnsafeRawBufferPointer {
        let bytes = try bytes(field, limit: Limits.nameBytes)
        guard !bytes.isEmpty else { throw fault(field, .empty) }
        guard strings.isValid(bytes, for: .name, isAllowed: Name.isAllowed) else {
            throw fault(field, .notPrintable)
        }
        return bytes
    }

    mutating func text(_ field: String) throws(WireError) -> String {
        try checkedText(bytes(field, limit: Limits.messageBytes), kind, field)
    }

    mutating func ticket() throws(WireError) -> Ticket {
        Ticket(checked: try bytes("ticket", limit: Limits.ticket))
    }

    mutating func uniqueID(_ field: String) throws(WireError) -> UniqueID {
        UniqueID(try bytes(field, count: UniqueID.size))
    }

    mutating func attributes() throws(WireError) -> AttributeReader {
        AttributeReader(kind, try bytes("attributes", limit: Limits.attributes))
    }

    /// The attributes of a frame that may only name the devices of a grant.
    mutating func devices(_ strings: inout StringCache) throws(WireError) -> [String] {
        var devices: [String] = []
        var attributes = try attributes()
        while let tag = try attributes.next() {
            guard tag == .devices else {
                try attributes.refuse(tag)
                continue
            }
            devices = try attributes.names(upTo: Limits.devicesPerLease, &strings)
        }
        return devices
    }

    /// The payload, which is the rest.
    mutating func payload(_ contentType: String?) throws(WireError) -> Payload {
        Payload(contentType, try content())
    }

    mutating func content() throws(WireError) -> Payload.Content {
        guard !header.flags.contains(.inDescriptor) else {
            return .inDescriptor(size: try integer("payload", as: UInt64.self))
        }
        return .inline(try bytes("payload", count: remaining))
    }

    /// What was read since a position.
    func read(since start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    /// The length of attributes that were read before.
    func attributesSize(at start: Int) -> Int {
        Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self)))
    }

    /// To be called last: a body is exactly its fields.
    func end() throws(WireError) {
        guard remaining == 0 else { throw fault("body", .goesOn(bytes: remaining)) }
    }
}

func checkedName(
    _ bytes: UnsafeRawBufferPointer, _ kind: Kind, _ field: String, _ strings: inout StringCache
) throws(WireError) -> String {
    guard !bytes.isEmpty else { throw .malformed(kind, field: field, .empty) }
    guard bytes.count <= Limits.nameBytes else {
        throw .malformed(
            kind, field: field, .tooLong(bytes: bytes.count, limit: Limits.nameBytes))
    }
    guard let name = strings.string(bytes, for: .name, isAllowed: Name.isAllowed) else {
        throw .malformed(kind, field: field, .notPrintable)
    }
    return name
}

func checkedText(
    _ bytes: UnsafeRawBufferPointer, _ kind: Kind, _ field: String
) throws(WireError) -> String {
    // Most messages are empty, and finding that out is cheaper than decoding nothing.
    guard !bytes.isEmpty else { return "" }
    guard let text = String(validating: bytes.bindMemory(to: UInt8.self), as: UTF8.self) else {
        throw .malformed(kind, field: field, .notText)
    }
    return text
}
