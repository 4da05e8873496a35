/// Reads a form's body, `multipart/form-data` (RFC 7578), as it comes: pieces in, events out.
///
/// The bytes of a part are slices of the piece in which they came, not copies. What is kept between
/// pieces is a head that is not complete, at most `GatewayLimits.multipartHead`, and how much of a
/// boundary was seen. Two runs over the same body say the same, however it was cut, but for where
/// the bytes of a part are cut in turn.
///
///     preamble ─boundary→ behind ─end of line→ head ─empty line→ body ─boundary→ behind
///     behind ─two dashes→ epilogue
public struct MultipartParser {
    public enum Event: Hashable, Sendable {
        case begin(MultipartHead)
        /// Of the part that began last; never empty.
        case bytes(ArraySlice<UInt8>)
        case end
    }

    private enum State { case preamble, behind, head, body, epilogue }

    private let delimiter: [UInt8]
    private var state = State.preamble
    /// How much of the delimiter was seen at the end of what came. Before everything stands the end
    /// of a line, as it were.
    private var matched = 2
    private var rest: ArraySlice<UInt8> = []
    private var line: [UInt8] = []
    private var lines: [[UInt8]] = []
    private var headBytes = 0
    private var preambleBytes = 0
    private var parts = 0

    /// - Parameter boundary: of 1 to 70 bytes, which are no ends of lines.
    public init(boundary: String) { delimiter = Array("\r\n--\(boundary)".utf8) }

    /// The boundary that a header names; nil for what is no form.
    public static func boundary(contentType: String) -> String? {
        guard let said = HeaderValue(contentType.utf8), said.value == "multipart/form-data",
            let boundary = said.parameters["boundary"], 1...70 ~= boundary.utf8.count,
            boundary.utf8.allSatisfy({ 0x20..<0x7f ~= $0 })
        else { return nil }
        return boundary
    }

    /// Takes a piece. The one before it has to be read to its end by `next`.
    public mutating func receive(_ piece: ArraySlice<UInt8>) {
        precondition(rest.isEmpty, "a piece comes before the last was read")
        rest = piece
    }

    /// What comes next; nil: it is in the next piece.
    public mutating func next() throws(MultipartError) -> Event? {
        while true {
            switch state {
            case .preamble:
                switch scan() {
                case .nothing: return nil
                case .data(let data):
                    preambleBytes += data.count
                    guard preambleBytes <= GatewayLimits.multipartHead else { throw .noBoundary }
                case .delimiter: state = .behind
                }
            case .behind: guard try passBoundary() else { return nil }
            case .head:
                guard let head = try readHead() else { return nil }
                state = .body
                return .begin(head)
            case .body:
                switch scan() {
                case .nothing: return nil
                case .data(let data): return .bytes(data)
                case .delimiter:
                    state = .behind
                    return .end
                }
            case .epilogue:
                rest = []
                return nil
            }
        }
    }

    /// Says that there are no more pieces.
    public func finish() throws(MultipartError) {
        guard state == .epilogue else {
            throw state == .preamble ? .noBoundary : .truncated
        }
    }

    // MARK: Boundaries

    private enum Scan {
        case data(ArraySlice<UInt8>)
        case delimiter
        case nothing
    }

    private mutating func scan() -> Scan {
        guard matched == 0 else { return resume() }
        var from = rest.startIndex
        while let start = rest[from...].firstIndex(of: UInt8(ascii: "\r")) {
            let length = matching(at: start)
            if length == delimiter.count, start == rest.startIndex {
                rest = rest[(start + length)...]
                return .delimiter
            }
            // A delimiter that is there is found anew, when the bytes before it are taken.
            if length == delimiter.count { return .data(taken(to: start)) }
            if start + length == rest.endIndex {
                let data = rest[..<start]
                (rest, matched) = ([], length)
                return data.isEmpty ? .nothing : .data(data)
            }
            // The delimiter has one \r, its first, so none of what was like it begins another.
            from = start + length
        }
        return rest.isEmpty ? .nothing : .data(taken(to: rest.endIndex))
    }

    /// How much of the delimiter stands there.
    private func matching(at start: Int) -> Int {
        var length = 0
        while length < delimiter.count, start + length < rest.endIndex,
            rest[start + length] == delimiter[length]
        {
            length += 1
        }
        return length
    }

    private mutating func taken(to end: Int) -> ArraySlice<UInt8> {
        let data = rest[..<end]
        rest = rest[end...]
        return data
    }

    /// Goes on with a delimiter of which the last piece had the beginning.
    private mutating func resume() -> Scan {
        while matched < delimiter.count {
            guard let byte = rest.first else { return .nothing }
            guard byte == delimiter[matched] else {
                let held = delimiter[..<matched]
                matched = 0
                return .data(held)
            }
            rest = rest.dropFirst()
            matched += 1
        }
        matched = 0
        return .delimiter
    }

    /// - Returns: false where more has to come.
    private mutating func passBoundary() throws(MultipartError) -> Bool {
        while let byte = rest.popFirst() {
            line.append(byte)
            if line == Array("--".utf8) {
                state = .epilogue
                return true
            }
            guard byte == UInt8(ascii: "\n") else {
                guard line.count <= 64 else { throw .badBoundary }
                continue
            }
            // Blanks may stand there, because mail servers put them there.
            guard line.dropLast().last == UInt8(ascii: "\r"),
                line.dropLast(2).allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
            else { throw .badBoundary }
            parts += 1
            guard parts <= GatewayLimits.multipartParts else { throw .tooManyParts }
            line.removeAll()
            state = .head
            return true
        }
        return false
    }

    // MARK: Heads

    private mutating func readHead() throws(MultipartError) -> MultipartHead? {
        while let byte = rest.popFirst() {
            headBytes += 1
            guard headBytes <= GatewayLimits.multipartHead else { throw .headTooLong }
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            guard line.popLast() == UInt8(ascii: "\r"), !line.contains(UInt8(ascii: "\r")) else {
                throw .badHead
            }
            guard line.isEmpty else {
                lines.append(line)
                line.removeAll(keepingCapacity: true)
                continue
            }
            defer { (lines, headBytes) = ([], 0) }
            return try MultipartHead(lines)
        }
        return nil
    }
}
