import SluiceModel

@testable import SluiceWire

extension FrameDecoder {
    /// Bytes that arrive with so many descriptors.
    mutating func feed(_ bytes: some Collection<UInt8>, descriptors: Int = 0) {
        receive(atLeast: max(1, bytes.count)) { room in
            room.copyBytes(from: bytes)
            return bytes.count
        }
        receive(descriptors: descriptors)
    }
}

/// Frames taken out of a decoder, in the only form that outlives it: what was said and the bytes
/// that say it again.
struct Transcript: Equatable {
    var words: [[String: JSON]] = []
    var bytes: [UInt8] = []

    /// Takes every whole frame there is.
    mutating func take(
        from decoder: inout FrameDecoder, _ sender: Sender, _ strings: inout StringCache
    ) throws(WireError) {
        while let frame = try decoder.next() {
            let message = try AnyMessage(frame, from: sender, &strings)
            var out = OutputBuffer()
            message.encode(into: &out)
            words.append(message.inWords)
            bytes += Array(out.readable)
        }
    }
}

/// Small numbers from a seed (splitmix64): the same ones on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
