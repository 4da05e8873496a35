import SluiceModel
import SluiceWire

/// Who sends a stream of frames, and so what they may be.
enum StreamSender: String, CaseIterable, Sendable {
    case client, worker
    case daemonToClient = "daemon-to-client"
    case daemonToWorker = "daemon-to-worker"

    var target: FuzzTarget {
        FuzzTarget(name: rawValue) { input throws(Finding) in
            try StreamTarget(sender: self).check(input)
        }
    }
}

/// The receiving side of a data socket, from the first byte on.
///
/// Two bytes say how the stream that follows them arrives:
///
///     cut    the seed of how it is cut
///     how    bit 0   the connection is open already
///            bit 1   descriptors come as bits 2 to 7 say, at most so many with each piece;
///                    otherwise as the headers announce them
struct StreamTarget {
    let sender: StreamSender

    func check(_ input: [UInt8]) throws(Finding) {
        guard input.count >= 2 else { return }
        let bytes = Array(input.dropFirst(2))
        let isOpen = input[1] & 1 != 0
        guard input[1] & 2 == 0 else {
            // Whose frame a stray descriptor spoils depends on when it comes.
            let dice = Int(input[1] >> 2)
            for cutting in [Cutting.pieces(seed: input[0]), .whole] {
                _ = try receive(bytes, cutting, isOpen: isOpen) { piece in
                    (piece.startIndex &* 7) % (dice + 1)
                }
            }
            return
        }
        let announced = Self.announcements(in: bytes)
        let cuttings = Cutting.all(seed: input[0], bytes: bytes.count)
        let heard = try cuttings.map { cutting throws(Finding) in
            try receive(bytes, cutting, isOpen: isOpen) { piece in
                announced[piece.startIndex..<piece.endIndex].reduce(0, +)
            }
        }
        for (cutting, other) in zip(cuttings, heard) where other != heard[0] {
            throw Finding("\(cutting): \(other), but in one piece: \(heard[0])")
        }
    }

    /// For each byte, how many descriptors come with it: those of a frame with its first.
    private static func announcements(in bytes: [UInt8]) -> [Int] {
        var announced = [Int](repeating: 0, count: bytes.count)
        var start = 0
        while start + Header.size <= bytes.count {
            let size = bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            announced[start] = min(Int(bytes[start + 6]), Limits.descriptorsPerFrame)
            start += Header.size + size
        }
        return announced
    }

    private func receive(
        _ bytes: [UInt8], _ cutting: Cutting, isOpen: Bool,
        descriptors: (ArraySlice<UInt8>) -> Int
    ) throws(Finding) -> StreamReceiver.Heard {
        var receiver = try StreamReceiver(sender, isOpen: isOpen)
        for piece in cutting.pieces(of: bytes) {
            try receiver.receive(piece, descriptors: descriptors(piece))
        }
        return receiver.heard
    }
}
