/// What the daemon has learned about a function: the sums behind its service time, how large a
/// batch fits into the device's memory, and what of that it takes. The store attaches no meaning to
/// them.
public struct LearnedStatistics: Hashable, Sendable {
    public var weight: Double
    public var n: Double
    public var nn: Double
    public var t: Double
    public var nt: Double
    public var squaredError: Double
    /// Batches seen.
    public var batches: Int
    /// Items that one batch may have; nil: none was found too large.
    public var batchCeiling: Int?
    /// Bytes of a device that a worker has at rest, and those that each request takes beside
    /// that; nil: nobody has seen.
    public var memory: Int?
    public var memoryPerItem: Int?

    public init(
        weight: Double, n: Double, nn: Double, t: Double, nt: Double, squaredError: Double,
        batches: Int, batchCeiling: Int? = nil, memory: Int? = nil, memoryPerItem: Int? = nil
    ) {
        self.weight = weight
        self.n = n
        self.nn = nn
        self.t = t
        self.nt = nt
        self.squaredError = squaredError
        self.batches = batches
        self.batchCeiling = batchCeiling
        self.memory = memory
        self.memoryPerItem = memoryPerItem
    }
}
