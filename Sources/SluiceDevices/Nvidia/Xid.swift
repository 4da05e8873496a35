import SluiceModel

/// A number by which NVIDIA's driver names an error, and what it means for the device.
///
/// NVIDIA's catalogue says what to do about each. Where that is to restart the program, or nothing,
/// the device is as good as before, whoever made the mistake: an exception of an engine, a page
/// fault, an error in memory that only the program had that dies of it. Its worker's death says
/// enough. Everything else is the device's own, numbers that we do not know included: an operator
/// can take back a cordon, and nobody can take back wrong results. 109 is there with a reset of
/// the GPU, but comes of programs' endless kernels, too, and a GPU that hangs has others follow.
struct Xid: Hashable {
    let number: UInt64

    /// Nil where it is not about the device.
    var trouble: DeviceTrouble? {
        guard !Self.harmless.contains(number) else { return nil }
        // Whoever fell off the bus is not there until somebody resets or boots.
        return number == 79 ? .lost(text) : .fault(text)
    }

    /// `Xid 79: GPU has fallen off the bus`.
    var text: String {
        guard let meaning = Self.meanings[number] else { return "Xid \(number)" }
        return "Xid \(number): \(meaning)"
    }

    /// Programs' errors, those of single engines, and what is only noted.
    private static let harmless: Set<UInt64> = Set<UInt64>([
        8, 11, 13, 31, 32, 39, 40, 41, 43, 45, 60, 63, 66, 67, 68, 69, 70, 71, 72, 75, 76, 77, 80,
        82, 83, 84, 85, 86, 88, 89, 92, 93, 94, 106, 107, 108, 109, 121, 137, 139, 141,
    ]).union(96...105).union(126...135)

    private static let meanings: [UInt64: String] = [
        46: "GPU stopped processing",
        48: "double-bit ECC error",
        54: "auxiliary power is not connected",
        61: "internal micro-controller breakpoint",
        62: "internal micro-controller halt",
        64: "ECC page retirement or row remapping failed",
        74: "NVLink error",
        79: "GPU has fallen off the bus",
        95: "uncontained memory error",
        110: "security fault",
        119: "GSP does not answer",
        120: "GSP error",
        136: "link training failed",
        140: "unrecovered ECC error",
        143: "GPU initialisation failed",
        154: "GPU recovery action changed",
        155: "NVLink error, software defined",
        156: "resource retired, GPU reset required",
        158: "GPU fatal timeout",
    ]
}
