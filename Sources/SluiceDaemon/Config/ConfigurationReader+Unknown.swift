import SluiceWire

/// What to say of keys and tables that do not exist: where the key belongs, else which one was
/// probably meant, else which there are.
extension ConfigurationReader {
    static func unknownTable(_ name: String) -> String {
        let homes = Section.allCases.filter { Keys.names(of: $0).contains(name) }
        guard homes.isEmpty else {
            return "a key outside of any table; it belongs in \(list(homes.map(\.header)))"
        }
        let tables = Section.allCases.map(\.rawValue)
        if let meant = nearestName(to: name, among: tables).flatMap(Section.init(rawValue:)) {
            return "unknown table; did you mean \(meant.header)?"
        }
        return "unknown table; there are \(list(Section.allCases.map(\.header)))"
    }

    /// `table` is the path of the table the key stands in.
    static func unknownKey(_ name: String, in table: [String]) -> String {
        guard let section = table.first.flatMap(Section.init(rawValue:)) else {
            return unknownTable(name)
        }
        let here = Keys.names(of: section)
        let homes = Section.allCases.filter { $0 != section && Keys.names(of: $0).contains(name) }
        guard homes.isEmpty else {
            return "unknown key here; it belongs in \(list(homes.map(\.header)))"
        }
        if let meant = nearestName(to: name, among: here) {
            return "unknown key; did you mean \(meant)?"
        }
        for other in Section.allCases where other != section {
            guard let meant = nearestName(to: name, among: Keys.names(of: other)) else { continue }
            return "unknown key; \(meant) would belong in \(other.header)"
        }
        return "unknown key; \(section.header) knows \(list(here))"
    }

    static func notATable(_ entry: TOML.Entry, in section: Section) -> String {
        guard Keys.names(of: section).contains(entry.key) else {
            return "expected a table \(section.header), found \(entry.value.found)"
        }
        return "a key outside of a table with a name; it belongs in \(section.header)"
    }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
