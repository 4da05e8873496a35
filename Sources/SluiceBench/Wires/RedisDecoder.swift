import SluiceSystem

/// Cuts what comes from Redis into replies (RESP2).
struct RedisDecoder: ~Copyable {
    enum Reply: Equatable {
        case pong
        /// A number, or OK.
        case done
        /// `values` are what BLMPOP took.
        case popped
    }

    private var input = TextInput()
    /// Valid until the next reply is asked for.
    private(set) var values: [UnsafeRawBufferPointer] = []

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        input.receive(from: socket)
    }

    mutating func receive(_ read: (UnsafeMutableRawBufferPointer) -> Int) { input.receive(read) }

    mutating func next() throws(BenchError) -> Reply? {
        values.removeAll(keepingCapacity: true)
        guard let line = input.line(at: 0) else {
            input.trim()
            return nil
        }
        let after = line.count + TextInput.lineEnd
        switch line.first {
        case UInt8(ascii: ":"):
            input.take(after)
            return .done
        case UInt8(ascii: "+"):
            let reply: Reply = line.hasPrefix("+PONG") ? .pong : .done
            input.take(after)
            return reply
        case UInt8(ascii: "*"):
            guard line.hasPrefix("*2") else { throw .malformed("Redis said \(line.text)") }
            return try popped(from: after)
        default: throw .malformed("Redis said \(line.text)")
        }
    }

    /// The name of the list, and an array of what was taken from it.
    private mutating func popped(from start: Int) throws(BenchError) -> Reply? {
        guard let name = try bulk(at: start) else { return nil }
        guard let line = input.line(at: name.end) else { return nil }
        guard line.first == UInt8(ascii: "*"), let count = line.decimal(from: 1)?.number else {
            throw .malformed("Redis said \(line.text)")
        }
        var end = name.end + line.count + TextInput.lineEnd
        for _ in 0..<count {
            guard let value = try bulk(at: end) else {
                values.removeAll(keepingCapacity: true)
                return nil
            }
            values.append(value.bytes)
            end = value.end
        }
        input.take(end)
        return .popped
    }

    private func bulk(
        at start: Int
    ) throws(BenchError) -> (bytes: UnsafeRawBufferPointer, end: Int)? {
        guard let line = input.line(at: start) else { return nil }
        guard line.first == UInt8(ascii: "$"), let size = line.decimal(from: 1)?.number else {
            throw .malformed("Redis said \(line.text)")
        }
        let begin = start + line.count + TextInput.lineEnd
        guard let bytes = input.block(at: begin, count: size) else { return nil }
        return (bytes, begin + size + TextInput.lineEnd)
    }
}
