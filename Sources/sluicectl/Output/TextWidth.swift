// How much room a text takes on a terminal, which is not how many characters it has.

/// Columns that a terminal gives to the text.
///
/// Counted by scalar, as terminals do that know nothing of emoji made of several: where one does,
/// the text takes less room than said here, and never more.
func columns(of text: String) -> Int {
    // Nearly all names are ASCII.
    text.utf8.allSatisfy { $0 < 0x80 }
        ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
}

/// The text where it fits, else as much of it as does, and an ellipsis.
func clipped(_ text: String, to width: Int) -> String {
    guard columns(of: text) > width else { return text }
    guard width > 0 else { return "" }
    var taken = 0
    let kept = text.prefix { character in
        taken += columns(of: String(character))
        return taken < width
    }
    return kept + "…"
}

/// The text where it fits, else without its middle: names differ at both ends.
func shortened(_ text: String, to width: Int) -> String {
    guard columns(of: text) > width else { return text }
    let head = clipped(text, to: (width + 1) / 2)
    var room = width - columns(of: head)
    let tail = text.reversed().prefix { character in
        room -= columns(of: String(character))
        return room >= 0
    }
    return head + String(tail.reversed())
}

private func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    return wide.contains { $0.contains(scalar.value) } || scalar.properties.isEmojiPresentation
        ? 2 : 1
}

/// The wide and fullwidth blocks of Unicode's EastAsianWidth.txt, coarsely: what lies between them
/// in the same block is counted as wide, too.
private let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
]
