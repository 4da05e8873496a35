/// Where a row lies in its slab. The type says whose row it is, so that the index of a worker
/// cannot be used to look up a queue.
struct Index<Row>: Hashable, Sendable {
    let offset: Int32
    init(_ offset: Int) { self.offset = Int32(truncatingIfNeeded: offset) }

    /// The index of no row.
    static var none: Self { Self(-1) }
    var isNone: Bool { offset < 0 }
}

/// Rows that keep their index for as long as they live; freed rows are used again, together
/// with whatever storage they own, so that a steady state allocates nothing.
struct Slab<Row> {
    private(set) var rows: [Row] = []
    private var vacant: [Index<Row>] = []

    /// Rows in use.
    var count: Int { rows.count - vacant.count }

    subscript(index: Index<Row>) -> Row {
        _read { yield rows[Int(index.offset)] }
        _modify { yield &rows[Int(index.offset)] }
    }

    /// A row to fill in: a freed one as it was left, or a new one.
    mutating func claim(orAppend fresh: @autoclosure () -> Row) -> Index<Row> {
        if let index = vacant.popLast() { return index }
        rows.append(fresh())
        return Index(rows.count - 1)
    }

    mutating func insert(_ row: Row) -> Index<Row> {
        let index = claim(orAppend: row)
        self[index] = row
        return index
    }

    /// Gives the row back. Its owner must not use the index again.
    mutating func free(_ index: Index<Row>) { vacant.append(index) }

    /// Every index handed out and not freed, in order. For tools and checks, not for a turn.
    var indices: [Index<Row>] {
        let free = Set(vacant)
        return rows.indices.lazy.map { Index($0) }.filter { !free.contains($0) }
    }
}
