/// The words of the command line with the options that every command takes behind the command,
/// where the parser looks for them: `sluicectl --json queues` means what it says.
func commandFirst(_ words: [String]) -> [String] {
    var rest = words[...]
    var moved: [String] = []
    while let word = rest.first, let size = commonOptionSize(word), rest.count >= size {
        moved += rest.prefix(size)
        rest = rest.dropFirst(size)
    }
    guard let command = rest.first, !command.hasPrefix("-") else { return words }
    return [command] + moved + rest.dropFirst()
}

/// How many words an option of `CommonOptions` takes; nil for any other word.
private func commonOptionSize(_ word: String) -> Int? {
    switch word {
    case "--json": 1
    case "--runtime-directory", "--answer-timeout": 2
    case _ where word.hasPrefix("--runtime-directory="): 1
    case _ where word.hasPrefix("--answer-timeout="): 1
    default: nil
    }
}
