import TOMLKit

/// One configuration file, read as TOML: its values, and the line of each. The only file that
/// knows TOMLKit.
///
/// TOMLKit hands strings over as C strings, so a NUL character would silently cut a document, a
/// key or a value short; a file that holds one, or the escape for one, is refused. On some wrong
/// text it aborts the process, which a typing error must not do to a daemon that reloads:
/// `KeyLines` finds those places, and TOMLKit is not given them. It never frees a document
/// either: each reload costs the size of the files, which `ConfigurationFiles` bounds.
struct Document {
    let file: String
    let entries: [TOML.Entry]
    private let lines: KeyLines

    init(file: String, text: String) throws(ConfigurationError) {
        if let line = Self.lineOfNul(in: text) {
            throw ConfigurationError(
                file: file, line: line,
                message: "a NUL character; a configuration has no use for one")
        }
        lines = KeyLines(text)
        self.file = file
        guard let hazard = lines.hazard else {
            entries = try Self.parse(text, in: file)
            return
        }
        // An earlier mistake is the one to report: the text may look hazardous only behind it.
        _ = try Self.parse(
            String(decoding: text.utf8.prefix(hazard.offset), as: UTF8.self), in: file)
        throw ConfigurationError(
            file: file, line: hazard.line, column: hazard.column, message: hazard.message)
    }

    /// The line where the path is first mentioned, or else the nearest table around it.
    func line(of path: [String]) -> Int? {
        var path = path[...]
        while !path.isEmpty {
            if let line = lines[path] { return line }
            path.removeLast()
        }
        return nil
    }

    private static func parse(_ text: String, in file: String)
        throws(ConfigurationError) -> [TOML.Entry]
    {
        do {
            return entries(of: try TOMLTable(string: text))
        } catch let error as TOMLParseError {
            throw placed(error, in: file)
        } catch {
            throw ConfigurationError(file: file, message: "not TOML: \(error)")
        }
    }

    private static func placed(_ error: TOMLParseError, in file: String) -> ConfigurationError {
        let prefix = "Error while parsing "
        let said = error.description
        let what = said.hasPrefix(prefix) ? said.dropFirst(prefix.count) : said[...]
        return ConfigurationError(
            file: file, line: error.source.begin.line, column: error.source.begin.column,
            message: "syntax error in \(TOML.printable(what))")
    }

    private static func lineOfNul(in text: String) -> Int? {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let index = lines.firstIndex { line in
            // Almost no line has a backslash, and looking for escapes is slow.
            line.contains(0)
                || line.contains(UInt8(ascii: "\\"))
                    && Substring(line).contains(/\\(u0000|U00000000)/)
        }
        return index.map { $0 + 1 }
    }

    private static func entries(of table: TOMLTable) -> [TOML.Entry] {
        zip(table.keys, table.values).map { TOML.Entry(key: $0, value: value(of: $1)) }
    }

    private static func value(of value: any TOMLValueConvertible) -> TOML {
        if let text = value.string { return .string(text) }
        if let number = value.int { return .integer(number) }
        if let number = value.double { return .float(number) }
        if let flag = value.bool { return .boolean(flag) }
        if let table = value.table { return .table(entries(of: table)) }
        if let array = value.array { return .array(array.map { Self.value(of: $0) }) }
        return .date
    }
}
