/// Server-sent events as text.
public enum SSE {
    /// - Parameter data: a line, as JSON is.
    public static func event(
        _ name: String? = nil, id: String? = nil, data: [UInt8]
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(data.count + 64)
        write(name, id: id, data: data, to: &out)
        return out
    }

    /// Only with `name` or `id` is there a line besides the data: Gradio's clients take no other.
    static func write(
        _ name: String? = nil, id: String? = nil, data: [UInt8], to out: inout [UInt8]
    ) {
        for (field, value) in [("event", name), ("id", id)] {
            guard let value else { continue }
            out.append(contentsOf: "\(field): \(value)\n".utf8)
        }
        out.append(contentsOf: "data: ".utf8)
        out.append(contentsOf: data)
        out.append(contentsOf: "\n\n".utf8)
    }
}
