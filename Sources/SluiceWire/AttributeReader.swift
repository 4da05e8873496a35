import SluiceModel

/// Reads the attributes of a message, one after the other: `next` gives the tag, then one of the
/// functions below its value. What is not wanted goes to `refuse`.
struct AttributeReader {
    private let kind: Kind
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var tag = Tag.contentType
    private var value = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The lowest tag that may come now; all higher ones are out of order.
    private var lowestTag = 0

    init(_ kind: Kind, _ bytes: UnsafeRawBufferPointer) {
        self.kind = kind
        self.bytes = bytes
    }

    /// The tag of the next attribute that this program knows; nil at the end.
    mutating func next() throws(WireError) -> Tag? {
        while position < bytes.count {
            let raw = try readAttribute()
            if let known = Tag(rawValue: raw) {
                tag = known
                return known
            }
            guard raw >= Tag.optional else { throw fault(.unknownAttribute(tag: raw)) }
        }
        return nil
    }

    /// For a tag that has no use in the message: an error, unless it may be passed over.
    func refuse(_ tag: Tag) throws(WireError) {
        guard tag.rawValue >= Tag.optional else { throw fault(.uselessAttribute(tag)) }
    }

    func integer<Integer: FixedWidthInteger>(
        as type: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        guard value.count == MemoryLayout<Integer>.size else { throw valueFault(.outOfRange) }
        return Integer(littleEndian: value.loadUnaligned(as: type))
    }

    func truth() throws(WireError) -> Bool {
        let value = try integer(as: UInt8.self)
        guard value <= 1 else { throw valueFault(.outOfRange) }
        return value == 1
    }

    func count(in range: ClosedRange<Int>) throws(WireError) -> Int {
        let value = Int(try integer(as: UInt32.self))
        guard range.contains(value) else { throw valueFault(.outOfRange) }
        return value
    }

    func duration() throws(WireError) -> Duration {
        guard let duration = Duration(wireMicroseconds: try integer()) else {
            throw valueFault(.outOfRange)
        }
        return duration
    }

    /// A duration in eight bytes, without the 128-bit arithmetic that one as such would take.
    func span() throws(WireError) -> Span {
        let microseconds = try integer(as: UInt64.self)
        guard microseconds <= UInt64(Limits.durationSeconds) * 1_000_000 else {
            throw valueFault(.outOfRange)
        }
        return Span(nanoseconds: Int64(microseconds) * 1000)
    }

    func name(_ strings: inout StringCache) throws(WireError) -> String {
        try checkedName(value, kind, tag.name, &strings)
    }

    /// The same where it lies, checked.
    func nameBytes(_ strings: inout StringCache) throws(WireError) -> UnsafeRawBufferPointer {
        _ = try name(&strings)
        return value
    }

    func text() throws(WireError) -> String { try checkedText(value, kind, tag.name) }

    func contentType(_ strings: inout StringCache) throws(WireError) -> String {
        let bytes = try contentTypeBytes(&strings)
        guard
            let type = strings.string(
                bytes, for: .contentType, isAllowed: ContentType.isAllowed)
        else { throw valueFault(.notPrintable) }
        return type
    }

    /// The same where it lies, checked.
    func contentTypeBytes(_ strings: inout StringCache) throws(WireError) -> UnsafeRawBufferPointer
    {
        guard !value.isEmpty else { throw valueFault(.empty) }
        let limit = Limits.contentTypeBytes
        guard value.count <= limit else {
            throw valueFault(.tooLong(bytes: value.count, limit: limit))
        }
        guard strings.isValid(value, for: .contentType, isAllowed: ContentType.isAllowed) else {
            throw valueFault(.notPrintable)
        }
        return value
    }

    /// Where a ticket lies.
    func ticketBytes() throws(WireError) -> UnsafeRawBufferPointer {
        guard value.count <= Limits.ticket else {
            throw valueFault(.tooLong(bytes: value.count, limit: Limits.ticket))
        }
        return value
    }

    func memory() throws(WireError) -> Int {
        let bytes = try integer(as: UInt64.self)
        guard bytes <= UInt64(Limits.memoryBytes) else { throw valueFault(.outOfRange) }
        return Int(bytes)
    }

    /// Several names in one value.
    func names(upTo limit: Int, _ strings: inout StringCache) throws(WireError) -> [String] {
        var names: [String] = []
        var rest = value
        repeat {
            let name = try checkedName(try nextString(of: &rest), kind, tag.name, &strings)
            guard names.count < limit else { throw valueFault(.outOfRange) }
            guard !names.contains(name) else { throw valueFault(.repeated) }
            names.append(name)
        } while !rest.isEmpty
        return names
    }

    /// Several texts in one value.
    func texts(upTo limit: Int) throws(WireError) -> [String] {
        var texts: [String] = []
        var rest = value
        repeat {
            let text = try checkedText(try nextString(of: &rest), kind, tag.name)
            guard texts.count < limit else { throw valueFault(.outOfRange) }
            guard !texts.contains(text) else { throw valueFault(.repeated) }
            texts.append(text)
        } while !rest.isEmpty
        return texts
    }

    /// A u16 length and so many bytes, taken off the front.
    private func nextString(
        of rest: inout UnsafeRawBufferPointer
    ) throws(WireError) -> UnsafeRawBufferPointer {
        guard rest.count >= 2 else { throw valueFault(.endsEarly) }
        let end = 2 + Int(UInt16(littleEndian: rest.loadUnaligned(as: UInt16.self)))
        guard rest.count >= end else { throw valueFault(.endsEarly) }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[end...]) }
        return UnsafeRawBufferPointer(rebasing: rest[2..<end])
    }

    func allBytes() -> [UInt8] { Array(value) }

    /// For a value that has the right size and cannot be.
    func valueFault(_ fault: WireError.Fault) -> WireError {
        .malformed(kind, field: tag.name, fault)
    }

    private func fault(_ fault: WireError.Fault) -> WireError {
        .malformed(kind, field: "attributes", fault)
    }

    private mutating func readAttribute() throws(WireError) -> UInt16 {
        guard bytes.count - position >= 4 else { throw fault(.endsEarly) }
        let raw = UInt16(
            littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
        let size = Int(
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 2, as: UInt16.self))
        )
        position += 4
        guard Int(raw) >= lowestTag else { throw fault(.unsorted(tag: raw)) }
        lowestTag = Int(raw) + 1
        guard bytes.count - position >= size else { throw fault(.endsEarly) }
        value = UnsafeRawBufferPointer(rebasing: bytes[position..<position + size])
        position += size
        return raw
    }
}
