import SluiceModel

/// Where a row lies in its slab. The type says whose row it is, so that the index of a worker
/// cannot be used to look up a queue.
struct Index<Row>: Hashable, Sendable {
    let offset: Int32
    init(_ offset: Int) { self.offset = Int32(truncatingIfNeeded: offset) }

    /// The index of no row.
    static var none: Self { Self(-1) }
    var isNone: Bool { offset < 0 }
}

/// Rows that keep their index, and their place in memory, for as long as they live; freed rows
/// are used again, together with whatever storage they own, so that a steady state allocates
/// nothing.
///
/// They lie in chunks that are never moved: growing costs the same at any size, where an array
/// would be copied as it doubles, and a row is read and changed where it is, without a copy and
/// without asking who else holds the array.
struct Slab<Row>: ~Copyable {
    private var chunks: [UnsafeMutablePointer<Row>] = []
    private var vacant: [Index<Row>] = []
    /// Rows that were ever made: every index below it has one, in use or vacant.
    private(set) var extent = 0

    private static var chunkBits: Int { 9 }
    private static var chunkRows: Int { 1 << chunkBits }

    deinit {
        for (number, chunk) in chunks.enumerated() {
            chunk.deinitialize(count: min(Self.chunkRows, extent - number * Self.chunkRows))
            chunk.deallocate()
        }
    }

    /// Rows in use.
    var count: Int { extent - vacant.count }

    subscript(index: Index<Row>) -> Row {
        // Addressors, because a coroutine would load the whole row to look at one field of it.
        @inline(__always) unsafeAddress { UnsafePointer(address(of: index)) }
        @inline(__always) unsafeMutableAddress { address(of: index) }
    }

    @inline(__always)
    private func address(of index: Index<Row>) -> UnsafeMutablePointer<Row> {
        let offset = Int(index.offset)
        // Also what a negative offset, the index of no row, does not pass.
        precondition(UInt(bitPattern: offset) < UInt(bitPattern: extent), "there is no such row")
        return chunks[offset >> Self.chunkBits] + (offset & (Self.chunkRows - 1))
    }

    /// A row to fill in: a freed one as it was left, or a new one.
    mutating func claim(orAppend fresh: @autoclosure () -> Row) -> Index<Row> {
        if let index = vacant.popLast() { return index }
        let index = Index<Row>(extent)
        if extent & (Self.chunkRows - 1) == 0 {
            chunks.append(.allocate(capacity: Self.chunkRows))
        }
        (chunks[extent >> Self.chunkBits] + (extent & (Self.chunkRows - 1))).initialize(to: fresh())
        extent += 1
        return index
    }

    mutating func insert(_ row: Row) -> Index<Row> {
        guard let index = vacant.popLast() else { return claim(orAppend: row) }
        self[index] = row
        return index
    }

    /// Gives the row back. Its owner must not use the index again.
    mutating func free(_ index: Index<Row>) { vacant.append(index) }

    /// Every index handed out and not freed, in order. For tools and checks, not for a turn.
    var indices: [Index<Row>] {
        let free = Set(vacant)
        return (0..<extent).lazy.map { Index($0) }.filter { !free.contains($0) }
    }
}
