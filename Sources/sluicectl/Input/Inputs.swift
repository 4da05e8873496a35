/// The inputs of `sluicectl submit`, as the JSON list that is the request's payload.
///
/// An input that is JSON is taken as it is, anything else is a string: `3`, `true`, `[1, 2]` and
/// `"3"` mean what they say, and nobody has to quote `a red fox` twice. `@FILE` is a file's
/// content and `-` is standard input, read by the same rule.
func inputsPayload(
    _ inputs: [String], reading file: (String) throws(InputError) -> [UInt8]
) throws(InputError) -> [UInt8] {
    var items: [String] = []
    for input in inputs {
        switch input.first {
        case "@":
            let name = String(input.dropFirst())
            items.append(try jsonItem(try file(name), of: name))
        case "-" where input == "-":
            items.append(try jsonItem(try file("-"), of: "standard input"))
        default: items.append(try jsonItem(Array(input.utf8), of: input))
        }
    }
    return Array("[\(items.joined(separator: ","))]".utf8)
}

/// Text that is JSON as it is, on one line; other text as a JSON string.
private func jsonItem(_ bytes: [UInt8], of name: String) throws(InputError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(name) }
    return jsonItem(text)
}

/// Text that is JSON as it is, on one line; other text as a JSON string.
func jsonItem(_ text: String) -> String {
    guard isJSON(text) else { return jsonString(text) }
    // White space but for the space stands between tokens here: strings cannot have it.
    let line = text.unicodeScalars.map { $0 == "\n" || $0 == "\r" || $0 == "\t" ? " " : $0 }
    let start = line.prefix { $0 == " " }.count
    let end = line.reversed().prefix { $0 == " " }.count
    return String(String.UnicodeScalarView(line[start..<line.count - end]))
}

/// Text as a JSON string.
func jsonString(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case "\u{0}"..<"\u{20}":
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
