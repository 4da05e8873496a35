/// The word somebody probably meant; nil where none is close.
func nearest(to word: String, among known: [String]) -> String? {
    // No key is nearly as long, and comparing takes time with the square of the length.
    guard word.utf8.count <= 64 else { return nil }
    let scored = known.map { (distance: editDistance(word, $0), word: $0) }
    // A third of the letters: enough for `max_runing` and for Gradio's old `concurrency_count`,
    // too little to guess wildly at short words.
    guard let best = scored.min(by: { $0 < $1 }), best.distance <= max(1, word.count / 3) else {
        return nil
    }
    return best.word
}

/// Letters to insert, drop, replace or swap with their neighbour to make one word the other.
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
    var rows = [Array(0...b.count)]
    for i in 1..<(a.count + 1) {
        var row = [i]
        for j in 1..<(b.count + 1) {
            let replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, replaced)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                least = min(least, rows[i - 2][j - 2] + 1)
            }
            row.append(least)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
