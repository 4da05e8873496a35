import SluiceModel

/// Each of these appends one attribute, or nothing for nil.
extension OutputBuffer {
    mutating func put<Integer: FixedWidthInteger>(_ tag: Tag, _ value: Integer?) {
        guard let value else { return }
        put(tag.rawValue)
        put(UInt16(MemoryLayout<Integer>.size))
        put(value)
    }

    mutating func put(_ tag: Tag, _ value: Bool?) {
        put(tag, value.map { UInt8($0 ? 1 : 0) })
    }

    mutating func put(_ tag: Tag, _ value: Duration?) { put(tag, value?.wireMicroseconds) }

    mutating func put(_ tag: Tag, number: Int?) { put(tag, number.map { UInt32(clamping: $0) }) }

    mutating func put(_ tag: Tag, _ value: Ticket?) {
        guard let value else { return }
        value.withUnsafeBytes { put(tag, raw: $0) }
    }

    /// - Parameter name: one that `Name.isValid` accepts.
    mutating func put(_ tag: Tag, name: String?) {
        precondition(name?.utf8.count ?? 0 <= Limits.nameBytes, "unchecked name")
        put(tag, string: name)
    }

    mutating func put(_ tag: Tag, memory: Int?) {
        put(tag, memory.map { UInt64(clamping: $0) })
    }

    /// - Parameter names: that `Name.isValid` accepts; nothing is appended for none.
    mutating func put(_ tag: Tag, names: [String]) { put(tag, strings: names) }

    /// - Parameter texts: whole, so that together they fit; nothing is appended for none.
    mutating func put(_ tag: Tag, texts: [String]) { put(tag, strings: texts) }

    private mutating func put(_ tag: Tag, strings: [String]) {
        guard !strings.isEmpty else { return }
        put(tag.rawValue)
        put(UInt16(strings.reduce(0) { $0 + 2 + $1.utf8.count }))
        for string in strings { put(text: string) }
    }

    /// - Parameter contentType: one that `ContentType.isValid` accepts.
    mutating func put(_ tag: Tag, contentType: String?) {
        precondition(contentType?.utf8.count ?? 0 <= Limits.contentTypeBytes, "unchecked type")
        put(tag, string: contentType)
    }

    /// Text for people, cut so that it leaves room for the other attributes.
    mutating func put(_ tag: Tag, text: String?) {
        put(tag, string: text?.prefix(utf8: Limits.attributes / 4))
    }

    mutating func put(_ tag: Tag, raw: UnsafeRawBufferPointer) {
        put(tag.rawValue)
        putSized(raw)
    }

    private mutating func put(_ tag: Tag, string: String?) {
        guard var string else { return }
        string.withUTF8 { put(tag, raw: UnsafeRawBufferPointer($0)) }
    }
}
