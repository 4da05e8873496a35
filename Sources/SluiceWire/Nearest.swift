import SluiceModel

/// The known name most like one that is not known, for "did you mean"; nil where none is close
/// enough to be a slip of the finger: a third of its characters, and at least one, may differ. Who
/// wrote only the beginning of a name, three letters or more, is shown the shortest that goes on.
///
/// The work is bounded, since whoever asks chooses the name: a name too long to be one is near
/// nothing, and of very many known names only the first are compared.
public func nearestName(to name: String, among known: some Sequence<String>) -> String? {
    guard name.utf8.count <= Limits.nameBytes else { return nil }
    let wanted = Array(name.lowercased())
    let tolerance = max(1, wanted.count / 3)
    let near = known.lazy.prefix(1024)
        .filter { abs($0.count - wanted.count) <= tolerance }
        .map { (name: $0, distance: editDistance(wanted, Array($0.lowercased()))) }
        .filter { $0.distance <= tolerance }
        .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    guard near == nil, wanted.count >= 3 else { return near?.name }
    return known.lazy.prefix(1024)
        .filter { $0.lowercased().starts(with: wanted) }
        .min { ($0.count, $0) < ($1.count, $1) }
}

/// Insertions, deletions, substitutions and swaps of neighbours that make one of the other.
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            let substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(substituted, last[j] + 1, row[j - 1] + 1)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
