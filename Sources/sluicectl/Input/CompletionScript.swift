import ArgumentParser

/// The completion script that the words ask for; nil where they ask for something else.
///
/// It is the parser's own, and a word about `KEY=`: its value follows at once, where shells put a
/// space behind what they completed.
func completionScript(_ words: [String]) -> String? {
    let option = "--generate-completion-script"
    // Without a name it is for the shell of whoever asks, as the parser has it.
    let shell =
        words == [option]
        ? CompletionShell.autodetected()
        : (words.first == option ? words.dropFirst().first : words.first.flatMap(valueOf(option)))
            .flatMap { CompletionShell(rawValue: $0) }
    guard let shell else { return nil }
    let script = Sluicectl.completionScript(for: shell)
    return switch shell {
    case .bash: script + "\n" + bashSettings
    case .zsh:
        script.replacing(
            "__sluicectl_complete() {\n", with: "__sluicectl_complete() {\n" + zshSettings)
    // Fish leaves the space out behind an equals sign by itself.
    default: script
    }
}

private func valueOf(_ option: String) -> (String) -> String? {
    { word in word.hasPrefix("\(option)=") ? String(word.dropFirst(option.count + 1)) : nil }
}

private let bashSettings = """

    _sluicectl_with_settings() {
        _sluicectl "${@}"
        if [[ " ${COMPREPLY[*]} " == *'= '* ]]; then
            compopt -o nospace +o filenames
        fi
    }

    complete -o filenames -F _sluicectl_with_settings sluicectl

    """

private let zshSettings = """
        local -ar settings=("${(M)@:#*=}")
        if (( ${#settings} )); then
            compadd -S '' -- "${settings[@]}"
            return
        fi

    """
