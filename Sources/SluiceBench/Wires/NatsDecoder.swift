import SluiceSystem

/// Cuts what comes from NATS into what it says.
struct NatsDecoder: ~Copyable {
    enum Said {
        /// `reply` is where an answer goes, if one is wanted; both are valid until the next.
        case message(UnsafeRawBufferPointer, reply: UnsafeRawBufferPointer)
        case ping, pong
        case other
    }

    private var input = TextInput()

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        input.receive(from: socket)
    }

    mutating func receive(_ read: (UnsafeMutableRawBufferPointer) -> Int) { input.receive(read) }

    mutating func next() throws(BenchError) -> Said? {
        guard let line = input.line(at: 0) else {
            input.trim()
            return nil
        }
        let after = line.count + TextInput.lineEnd
        if line.hasPrefix("MSG ") { return try message(line, after) }
        guard !line.hasPrefix("-") else { throw .malformed("NATS said \(line.text)") }
        let said: Said =
            line.hasPrefix("PING") ? .ping : line.hasPrefix("PONG") ? .pong : .other
        input.take(after)
        return said
    }

    /// `MSG subject subscription [reply] size`
    private mutating func message(
        _ line: UnsafeRawBufferPointer, _ after: Int
    ) throws(BenchError) -> Said? {
        let blank = UInt8(ascii: " ")
        guard let last = line.lastIndex(of: blank), let size = line.decimal(from: last + 1)?.number
        else { throw .malformed("NATS said \(line.text)") }
        guard let bytes = input.block(at: after, count: size) else { return nil }
        let words = UnsafeRawBufferPointer(rebasing: line[..<last])
        let start = words.lastIndex(of: blank).map { $0 + 1 } ?? words.count
        input.take(after + size + TextInput.lineEnd)
        // Without a reply the word there is the subscription's number, which nobody asks for.
        return .message(bytes, reply: UnsafeRawBufferPointer(rebasing: words[start...]))
    }
}
