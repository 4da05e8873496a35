/// Something that reads bytes of strangers, and what has to hold whatever the bytes are.
///
/// `make fuzz` has libFuzzer look for bytes for which it does not; the tests feed it all bytes
/// that ever were interesting.
struct FuzzTarget: Sendable {
    /// Also of the folder of its corpus.
    let name: String
    /// Throws a `Finding` where something does not hold.
    let check: @Sendable (_ input: [UInt8]) throws(Finding) -> Void

    static let all =
        StreamSender.allCases.map(\.target) + [
            .varlinkCalls, .varlinkReplies, .configuration, .tickets, .multipart, .inference,
        ]
}

/// A promise that these bytes broke.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

func require(
    _ holds: Bool, _ otherwise: @autoclosure () -> String
) throws(Finding) {
    guard !holds else { return }
    throw Finding(otherwise())
}

/// How a stream of bytes is cut on its way: nothing that is read may depend on it.
enum Cutting: Equatable {
    case whole
    case byBytes
    /// Into pieces of the sizes that follow from a seed, mostly small ones.
    case pieces(seed: UInt8)

    func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var state = UInt32.max
        var size = bytes.count
        if case .byBytes = self { size = 1 }
        if case .pieces(let seed) = self { state = UInt32(seed) }

        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if case .pieces = self {
                state = state &* 1_664_525 &+ 1_013_904_223
                size = 1 + Int((state >> 24) & (state >> 16) & 0xff)
            }
            pieces.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    /// The ways in which an input of so many bytes is tried: byte by byte only where it is short.
    static func all(seed: UInt8, bytes: Int) -> [Cutting] {
        [.whole, .pieces(seed: seed)] + (bytes <= 2048 ? [.byBytes] : [])
    }
}
