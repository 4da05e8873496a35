/// The simulator's only source of chance: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014, with the finalizer constants given there).
///
/// The system's generator, `shuffled()` without a generator and the order of a `Dictionary` are
/// banned from this module: one of them anywhere and a seed no longer names a schedule.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from the range. The bias of the multiplication is below 2^-32 for ranges as
    /// small as ours.
    mutating func int(_ range: ClosedRange<Int>) -> Int {
        let width = UInt64(range.upperBound - range.lowerBound + 1)
        return range.lowerBound + Int(next().multipliedFullWidth(by: width).high)
    }

    /// True so many times in a thousand.
    mutating func chance(_ permille: Int) -> Bool { int(0...999) < permille }

    /// One of them; nil when there is none.
    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        guard !elements.isEmpty else { return nil }
        return elements[int(0...(elements.count - 1))]
    }

    /// A span of whole microseconds, so that traces stay readable.
    mutating func span(_ microseconds: ClosedRange<Int>) -> Duration {
        .microseconds(int(microseconds))
    }
}
