/// A piece of text and what it wants to tell the eye.
struct Cell: Hashable, ExpressibleByStringInterpolation {
    enum Tone { case plain, strong, faint, good, warning, bad }

    let text: String
    let tone: Tone

    /// Control characters are shown as `\u{FFFD}`: names and messages come from other programs,
    /// which shall not steer the terminal of whoever looks at them.
    init(_ text: String, _ tone: Tone = .plain) {
        self.text = visible(text)
        self.tone = tone
    }

    init(_ number: some BinaryInteger) { self.init(String(number)) }
    init(stringLiteral text: String) { self.init(text) }

    /// Nothing to tell.
    static let nothing = Cell("-", .faint)
}

/// The text with what a terminal would obey replaced.
func visible(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map {
                $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
            }))
}

/// Like `visible`, for text that may have several lines: a message with a traceback, say.
func visible(lines: String) -> String {
    lines.replacing("\t", with: "    ").split(separator: "\n", omittingEmptySubsequences: false)
        .map { visible(String($0)) }.joined(separator: "\n")
}
