/// What of a file a reader asked for (RFC 9110, 14.2).
public enum ByteRange: Hashable, Sendable {
    case whole
    case bytes(Range<Int>)
    /// Nothing of it is there.
    case unsatisfiable

    /// Reads the header `Range`. What is not understood, or asks for several ranges, is answered
    /// with everything, as the standard has it.
    public init(_ header: String?, size: Int) {
        self = .whole
        guard let header, header.hasPrefix("bytes=") else { return }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2,
            ends.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } && $0.utf8.count < 19 })
        else { return }
        switch (Int(ends[0]), Int(ends[1])) {
        case (nil, nil): return
        case (nil, let last?):
            self = last == 0 || size == 0 ? .unsatisfiable : .bytes(max(0, size - last)..<size)
        case (let first?, nil):
            self = first < size ? .bytes(first..<size) : .unsatisfiable
        case (let first?, let last?):
            guard first <= last else { return }
            self = first < size ? .bytes(first..<min(last + 1, size)) : .unsatisfiable
        }
    }
}
