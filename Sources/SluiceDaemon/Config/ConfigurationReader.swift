import SluiceWire
import SluiceModel

/// The text of one configuration file; the name is only for messages.
public struct ConfigurationFile: Hashable, Sendable {
    public var name: String
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

extension CheckedConfiguration {
    /// Reads the files in order: a later one's key goes before an earlier one's, table by table
    /// and key by key. Throws every problem of every file together.
    ///
    /// Pure but for `accounts`, which turns the names of users and groups into numbers.
    public init(reading files: [ConfigurationFile], accounts: AccountLookup)
        throws(ConfigurationErrors)
    {
        var reader = ConfigurationReader(accounts: accounts)
        for file in files { reader.read(file) }
        self = try reader.finish()
    }
}

/// Takes in file after file; what is right goes into the configuration, what is wrong is noted.
struct ConfigurationReader {
    /// Where a key was last set, for what is found out only when all files are read.
    struct Place {
        var file: String
        var line: Int?
    }

    let accounts: AccountLookup
    var checked = CheckedConfiguration()
    var places: [[String]: Place] = [:]
    private(set) var errors: [ConfigurationError] = []
    /// Names of devices of which something is wrong already.
    var wrongDevices: Set<String> = []
    /// The files in the order they came, for the order of what is said about them.
    private var files: [String: Int] = [:]

    init(accounts: AccountLookup) {
        self.accounts = accounts
        // Where the groups do not exist, as before installation, root alone has access.
        if case .found(let id) = accounts.group("sluice") { checked.edge.readGroup = id }
        if case .found(let id) = accounts.group("sluice-admin") { checked.edge.adminGroup = id }
    }

    mutating func read(_ file: ConfigurationFile) {
        files[file.name] = files.count
        do throws(ConfigurationError) {
            let document = try Document(file: file.name, text: file.text)
            for entry in document.entries { section(entry, of: document) }
        } catch {
            errors.append(error)
        }
    }

    /// Notes a file that could not even be read.
    mutating func note(_ error: ConfigurationError) {
        files[error.file] = files.count
        errors.append(error)
    }

    consuming func finish() throws(ConfigurationErrors) -> CheckedConfiguration {
        // Keys are held against each other only where each was read: what a broken value would
        // have been is a guess, and so would be the complaint.
        let findings = CrossChecks(
            checked: checked, places: places, wrongDevices: wrongDevices
        ).findings
        errors += findings.errors
        guard errors.isEmpty else { throw ConfigurationErrors(errors.sorted(by: isBefore)) }
        let said = places.keys.filter { $0.count == 2 && $0[0] == Section.daemon.rawValue }
        checked.engine.said = Set(said.map { $0[1] })
        checked.warnings = findings.warnings.sorted(by: isBefore)
        return checked
    }

    private func isBefore(_ a: ConfigurationError, _ b: ConfigurationError) -> Bool {
        (files[a.file] ?? 0, a.line ?? 0, a.key ?? "")
            < (files[b.file] ?? 0, b.line ?? 0, b.key ?? "")
    }

    private mutating func section(_ entry: TOML.Entry, of document: Document) {
        guard let section = Section(rawValue: entry.key) else {
            return complain([entry.key], Self.unknownTable(entry.key), document)
        }
        let path = [section.rawValue]
        places[path] = Place(file: document.file, line: document.line(of: path))
        switch section {
        case .daemon:
            guard let entries = table(entry, section, document) else { return }
            checked = keys(Keys.daemon, entries, at: path, of: document, over: checked)
        case .control:
            guard let entries = table(entry, section, document) else { return }
            checked = keys(Keys.control, entries, at: path, of: document, over: checked)
        case .queue:
            let entries = table(entry, section, document) ?? []
            for (name, entries) in tables(entries, in: section, of: document) {
                checked.engine.queues[name] = keys(
                    Keys.queue, entries, at: path + [name], of: document,
                    over: checked.engine.queues[name] ?? QueueSettings())
            }
        case .function:
            let entries = table(entry, section, document) ?? []
            for (name, entries) in tables(entries, in: section, of: document) {
                checked.engine.functions[name] = keys(
                    Keys.function, entries, at: path + [name], of: document,
                    over: checked.engine.functions[name] ?? FunctionSettings())
            }
        case .device: devices(entry.value, of: document)
        }
    }

    private mutating func table(
        _ entry: TOML.Entry, _ section: Section, _ document: Document
    ) -> [TOML.Entry]? {
        guard case .table(let entries) = entry.value else {
            let message = "expected the table \(section.header), found \(entry.value.found)"
            complain([entry.key], message, document)
            return nil
        }
        return entries
    }

    /// The tables of a section that has one for each name; complains of everything else in it.
    private mutating func tables(
        _ entries: [TOML.Entry], in section: Section, of document: Document
    ) -> [(name: String, entries: [TOML.Entry])] {
        var tables: [(name: String, entries: [TOML.Entry])] = []
        for entry in entries {
            let path = [section.rawValue, entry.key]
            guard case .table(let inner) = entry.value else {
                complain(path, Self.notATable(entry, in: section), document)
                continue
            }
            guard Name.isValid(entry.key) else {
                let message = "expected \(Name.expected), found \(TOML.quoted(entry.key))"
                complain(path, message, document)
                continue
            }
            places[path] = Place(file: document.file, line: document.line(of: path))
            tables.append((entry.key, inner))
        }
        return tables
    }

    /// The settings with what one table says put over them. A table without keys counts as
    /// well: it makes its function known.
    ///
    /// - Parameter lines: where the table stands in the file, if not where its name says.
    mutating func keys<Settings>(
        _ known: [Key<Settings>], _ entries: [TOML.Entry], at table: [String],
        lines: [String]? = nil, of document: Document, over settings: Settings
    ) -> Settings {
        var settings = settings
        for entry in entries {
            let path = table + [entry.key]
            let place = (lines ?? table) + [entry.key]
            guard let key = known.first(where: { $0.about.name == entry.key }) else {
                let line = document.line(of: place)
                complain(path, Self.unknownKey(entry.key, in: table), document, line: line)
                continue
            }
            do throws(Mismatches) {
                try key.read(entry.value, accounts, &settings)
                places[path] = Place(file: document.file, line: document.line(of: place))
            } catch {
                for mismatch in error.all {
                    let element = mismatch.element.map { [String($0)] } ?? []
                    let line = document.line(of: place + element)
                    complain(path, mismatch.message, document, line: line)
                }
            }
        }
        return settings
    }

    mutating func complain(
        _ path: [String], _ message: String, _ document: Document, line: Int? = nil
    ) {
        errors.append(
            ConfigurationError(
                file: document.file, line: line ?? document.line(of: path),
                key: TOML.dotted(path), message: message))
    }
}
