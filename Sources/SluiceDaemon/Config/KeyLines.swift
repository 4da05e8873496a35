/// The line on which each key of a TOML document is first mentioned.
///
/// TOMLKit places syntax errors but not values, and an error about a value is only useful with
/// its line. So this walks the text once more and notes where keys stand: in headers, before
/// `=`, dotted or quoted, in inline tables, and the elements of lists (by number, as "0"), also of
/// those that are written as tables of their own, `[[name]]`.
///
/// It is not a second parser: of values it finds the end and no more, and it takes the text to
/// be right. Up to the first syntax error it sees what TOMLKit sees; behind one it
/// finds fewer keys or wrong lines, but always comes to an end.
struct KeyLines {
    /// Something that TOMLKit must not be given, since it does not survive it.
    struct Hazard: Hashable {
        var line: Int
        var column: Int
        var message: String
        /// Bytes before it that TOMLKit can be given by themselves, to find an earlier mistake.
        var offset: Int
    }

    /// The first one, if any.
    let hazard: Hazard?
    private let lines: [[String]: Int]

    init(_ text: String) {
        var walk = KeyWalk(text)
        var lines: [[String]: Int] = [:]
        walk.document { path, line in
            if lines[path] == nil { lines[path] = line }
        }
        self.lines = lines
        hazard = walk.hazard
    }

    subscript(path: ArraySlice<String>) -> Int? { lines[Array(path)] }
}
