/// What a peer did that the page forbids. It costs the peer its connection and nobody else
/// anything: answer with `farewell`, then close.
public enum WireError: Error, Hashable, Sendable {
    case unknownKind(UInt8)
    /// A kind that this side sends, that the other socket knows, or that is not due now.
    case unexpectedKind(Kind)
    case bodyTooLarge(Kind, size: Int, limit: Int)
    /// A field of the header or of the body, by its name on the page.
    case malformed(Kind, field: String, Fault)
    /// More descriptors came than the frames name.
    case strayDescriptors(Int)
    case noVersionInCommon(lowest: UInt16, highest: UInt16)

    public enum Fault: Hashable, Sendable {
        case endsEarly
        case goesOn(bytes: Int)
        case tooLong(bytes: Int, limit: Int)
        case notText
        case notPrintable
        case empty
        case outOfRange
        case unknown(UInt8)
        case notZero
        case missing
        case repeated
        case unsorted(tag: UInt16)
        case unknownAttribute(tag: UInt16)
        case uselessAttribute(Tag)
    }

    /// What to send before closing.
    public var farewell: Farewell {
        switch self {
        case .bodyTooLarge: Farewell(.tooLarge, "\(self)")
        case .noVersionInCommon: Farewell(.version, "\(self)")
        case .unknownKind, .unexpectedKind, .malformed, .strayDescriptors:
            Farewell(.protocol, "\(self)")
        }
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownKind(let kind): "kind \(hex(kind)) is unknown"
        case .unexpectedKind(let kind): "kind \(kind) is not expected here"
        case .bodyTooLarge(let kind, let size, let limit):
            "\(kind): length: \(size) bytes, at most \(limit) are allowed"
        case .malformed(let kind, let field, let fault): "\(kind): \(field): \(fault)"
        case .strayDescriptors(let count): "\(count) descriptors came that no frame names"
        case .noVersionInCommon(let lowest, let highest):
            "versions \(lowest) to \(highest) are not spoken here"
        }
    }
}

extension WireError.Fault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .endsEarly: "ends early"
        case .goesOn(let bytes): "ends \(bytes) bytes before the frame does"
        case .tooLong(let bytes, let limit): "\(bytes) bytes, at most \(limit) are allowed"
        case .notText: "not UTF-8"
        case .notPrintable: "has a character that it may not have"
        case .empty: "is empty"
        case .outOfRange: "is out of range"
        case .unknown(let value): "\(hex(value)) is unknown"
        case .notZero: "is not zero"
        case .missing: "did not come"
        case .repeated: "says one twice"
        case .unsorted(let tag): "\(hex(tag)) comes twice or out of order"
        case .unknownAttribute(let tag): "\(hex(tag)) is unknown"
        case .uselessAttribute(let tag): "\(tag.name) has no use here"
        }
    }
}

private func hex(_ value: some FixedWidthInteger) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: value.bitWidth / 4 - digits.count) + digits
}
