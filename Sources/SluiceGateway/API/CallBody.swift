import SluiceClient

/// The body of a request as a function gets it: passed on as it came, with its content type, once
/// it is seen to be what that says.
public enum CallBody {
    public static let types = [
        "application/json", "text/plain", "application/octet-stream", Envelope.contentType,
    ]

    /// - Parameter type: as the header says it, parameters and all.
    public static func content(of bytes: [UInt8], type: String?) throws(Refusal) -> Content {
        let name = type.map { mediaType($0) }
        switch name {
        case nil where bytes.isEmpty:
            // A function that needs nothing is called with nothing.
            return Content(Array("[]".utf8), type: "application/json")
        case "application/json":
            guard JSONText.isValid(bytes) else {
                throw Refusal(400, "not_json", "the body is not JSON, or is nested too deeply")
            }
        case "text/plain":
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw Refusal(400, "not_text", "the text is not UTF-8")
            }
        case Envelope.contentType: try check(envelope: bytes)
        case "application/octet-stream": break
        default:
            throw Refusal(
                415, "unsupported_media_type",
                "the body has to be one of \(types.joined(separator: ", ")), not "
                    + (type.map { "\"\($0.prefix(60))\"" } ?? "without a Content-Type"))
        }
        return Content(bytes, type: name)
    }

    /// A content type without its parameters.
    static func mediaType(_ header: String) -> String {
        let name = header.prefix { $0 != ";" }
        return String(name.filter { $0 != " " && $0 != "\t" }).lowercased()
    }

    /// What a worker would say of it, it says later and to nobody's use.
    private static func check(envelope bytes: [UInt8]) throws(Refusal) {
        let size = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= 4, size <= bytes.count - 4,
            let content = (try? Value(json: bytes[4..<4 + size]))?.objectValue,
            (content["args"] ?? []).arrayValue != nil, (content["kwargs"] ?? [:]).objectValue != nil
        else {
            throw Refusal(
                400, "bad_envelope",
                "the body is no envelope of arguments, as sluice-worker(7) describes it")
        }
    }
}
