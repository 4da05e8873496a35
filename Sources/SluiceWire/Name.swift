import SluiceModel

/// What the page calls a name: of a function, a queue, a code, a caller. ASCII, so that two names
/// that look alike are alike and a log or terminal shows what is there.
public enum Name {
    public static func isValid(_ name: String) -> Bool {
        1...Limits.nameBytes ~= name.utf8.count && name.utf8.allSatisfy(isAllowed)
    }

    /// Printable, but no space and no slash: a name may become a word, a path or a unit.
    static func isAllowed(_ byte: UInt8) -> Bool {
        0x21...0x7e ~= byte && byte != UInt8(ascii: "/")
    }
}

/// What the page allows as a content type: it becomes an HTTP header, so no line ends.
public enum ContentType {
    public static func isValid(_ type: String) -> Bool {
        1...Limits.contentTypeBytes ~= type.utf8.count && type.utf8.allSatisfy(isAllowed)
    }

    static func isAllowed(_ byte: UInt8) -> Bool { 0x20...0x7e ~= byte }
}
