/// The values that TOML writes without quotes, as far as TOMLKit may be given them.
enum ScalarWord {
    /// More than any number of use has.
    private static let length = 64

    static func isKnown(_ word: String) -> Bool {
        guard word.utf8.count <= length else { return false }
        return word.wholeMatch(of: /true|false|[+-]?(inf|nan)/) != nil || isNumber(word)
            || isMoment(word)
    }

    private static func isNumber(_ word: String) -> Bool {
        word.wholeMatch(of: /0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+/) != nil
            || word.wholeMatch(of: /[+-]?[0-9][0-9_]*(\.[0-9_]+)?([eE][+-]?[0-9_]+)?/) != nil
    }

    private static func isMoment(_ word: String) -> Bool {
        let parts = word.split(maxSplits: 1, omittingEmptySubsequences: false) {
            $0 == "T" || $0 == "t"
        }
        guard let first = parts.first, parts.count == 2 else {
            return isDate(word[...]) || isTime(word[...])
        }
        return isDate(first) && isTime(parts[1])
    }

    private static func isDate(_ text: Substring) -> Bool {
        text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
    }

    private static func isTime(_ text: Substring) -> Bool {
        let time = /[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?/
        return text.wholeMatch(of: time) != nil
    }
}
