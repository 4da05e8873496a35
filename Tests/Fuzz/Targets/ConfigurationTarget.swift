import SluiceDaemon

extension FuzzTarget {
    /// The text of a configuration file; further ones begin behind a file separator, 0x1c.
    static let configuration = FuzzTarget(name: "configuration") { input throws(Finding) in
        let parts = input.split(separator: 0x1c, omittingEmptySubsequences: false)
        var files: [ConfigurationFile] = []
        for (index, part) in parts.enumerated() {
            // The file is refused before anybody looks at it as TOML.
            guard let text = String(validating: part, as: UTF8.self) else { return }
            files.append(ConfigurationFile(name: "\(index).toml", text: text))
        }
        let said = saying(of: files)
        try require(said == saying(of: files), "the same files mean two things")
        guard case .errors(let errors) = said else { return }
        for error in errors.all {
            guard let file = files.first(where: { $0.name == error.file }) else {
                throw Finding("an error is in no file: \(error)")
            }
            try require(!"\(error)".contains(where: \.isNewline), "two lines: \(error)")
            let lines = 2 + file.text.utf8.count { $0 == UInt8(ascii: "\n") }
            try require(1...lines ~= error.line ?? 1, "an error is behind the end: \(error)")
        }
    }
}

private enum Saying: Equatable {
    case settings(CheckedConfiguration)
    case errors(ConfigurationErrors)
}

private func saying(of files: [ConfigurationFile]) -> Saying {
    do {
        return .settings(try CheckedConfiguration(reading: files, accounts: .none))
    } catch {
        return .errors(error)
    }
}

extension AccountLookup {
    /// A machine with one user, whom everybody is, and no groups.
    fileprivate static let none = AccountLookup(
        user: { $0.count < 8 ? .found(1001) : .unknown }, group: { _ in .unknown })
}
