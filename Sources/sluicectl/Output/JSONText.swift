import SluiceWire

// What `--json` prints: the control socket's own objects, every field present and null for none.

/// One object on one line.
func jsonLine(_ value: some Encodable) -> String {
    String(decoding: VarlinkJSON.text(value), as: UTF8.self) + "\n"
}

/// An array with an object per item, one to a line: whole for a parser, lines for grep.
func jsonList(_ values: [some Encodable]) -> String {
    guard !values.isEmpty else { return "[]\n" }
    let lines = values.map { jsonLine($0).dropLast() }
    return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
}

/// A queue with its functions in full, where the bare report only names them.
struct QueueWithFunctions: Encodable {
    let reply: Control.GetQueue.Reply

    private enum CodingKeys: String, CodingKey { case functions }

    func encode(to encoder: any Encoder) throws {
        try reply.queue.encode(to: encoder)
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(reply.functions, forKey: .functions)
    }
}
