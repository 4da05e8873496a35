/// Files in the words of Gradio's clients: objects with a path, a name and a mark.
///
///     {"path": "/sluice/…/cat.png", "url": …, "orig_name": "cat.png", "size": 7,
///      "mime_type": "image/png", "is_stream": false, "meta": {"_type": "gradio.FileData"}}
public enum FileData {
    private static let mark: Value = ["_type": "gradio.FileData"]

    /// What is said of a file that the gateway keeps.
    public static func value(
        _ path: UploadPath, contentType: String, size: Int, root: String
    ) -> Value {
        [
            "path": .string(path.text), "url": .string("\(root)/gradio_api/file=\(path.urlPath)"),
            "orig_name": .string(path.name), "size": .integer(Int64(size)),
            "mime_type": .string(contentType), "is_stream": false, "meta": mark,
        ]
    }

    // MARK: Arguments

    /// What is known of a file before its bytes are looked at.
    public struct Found<File> {
        public var name: String
        public var contentType: String
        public var size: Int
        public var file: File

        public init(name: String, contentType: String, size: Int, file: File) {
            self.name = name
            self.contentType = contentType
            self.size = size
            self.file = file
        }
    }

    /// Arguments with parts for files. A file that is named twice is one part.
    ///
    /// - Parameters:
    ///   - limit: bytes of all files together.
    ///   - find: looks a path up; nil: it is not known.
    ///   - claim: told the bytes of all files before the first is read.
    public static func incoming<File>(
        _ data: [Value], limit: Int, find: (UploadPath) -> Found<File>?,
        claim: (Int) throws(Refusal) -> Void = { _ in },
        read: (File) throws(Refusal) -> ArraySlice<UInt8>
    ) throws(Refusal) -> (values: [Value], parts: [Part]) {
        var places: [String: Int] = [:]
        var found: [Found<File>] = []
        var size = 0
        func part(_ fields: [String: Value]) throws(Refusal) -> Value {
            let path = try path(in: fields)
            if let place = places[path.token] { return .part(place) }
            guard let file = find(path) else { throw .unknownFile(path.text) }
            size += file.size
            guard size <= limit, found.count < GatewayLimits.multipartParts else {
                throw Refusal(
                    413, "too_large",
                    "the files of one call may have \(limit) bytes, and be"
                        + " \(GatewayLimits.multipartParts)")
            }
            places[path.token] = found.count
            found.append(file)
            return .part(found.count - 1)
        }
        func walked(_ value: Value) throws(Refusal) -> Value {
            switch value {
            case .null, .bool, .integer, .number, .string, .part: return value
            case .array(let items):
                var out: [Value] = []
                for item in items { out.append(try walked(item)) }
                return .array(out)
            case .object(let fields):
                guard fields["meta"]?["_type"] != mark["_type"] else { return try part(fields) }
                var out: [String: Value] = [:]
                // In an order of their own, so that the same call is always the same bytes.
                for (key, field) in fields.sorted(by: { $0.key < $1.key }) {
                    out[key] = try walked(field)
                }
                return .object(out)
            }
        }
        var values: [Value] = []
        for value in data { values.append(try walked(value)) }
        try claim(size)
        var parts: [Part] = []
        for file in found {
            var part = Part(try read(file.file))
            (part.name, part.contentType) = (file.name, file.contentType)
            parts.append(part)
        }
        return (values, parts)
    }

    private static func path(in fields: [String: Value]) throws(Refusal) -> UploadPath {
        let text = fields["path"]?.stringValue ?? ""
        if let path = UploadPath(text) { return path }
        let isAddress = text.contains("://") || (text.isEmpty && fields["url"]?.isNull == false)
        guard !isAddress else {
            throw Refusal(
                422, "unknown_file",
                "the gateway fetches nothing: upload the file to /gradio_api/upload, and give the"
                    + " path that is answered")
        }
        throw .unknownFile(text)
    }

    // MARK: Results

    /// A result in which each part is a file, or the numbers of an array. Numbers that JSON has no
    /// word for are null.
    ///
    /// - Parameter keep: keeps a file under a name and a type, and says what is said of it.
    public static func outgoing(
        _ value: Value, _ parts: [Part],
        keep: (_ name: String, _ contentType: String, _ bytes: [ArraySlice<UInt8>])
            throws(Refusal) -> Value
    ) -> Value {
        var shown: [Int: Value] = [:]
        var room = GatewayLimits.arrayElements
        func show(_ index: Int) -> Value {
            guard parts.indices.contains(index) else { return .null }
            if let value = shown[index] { return value }
            let value = show(parts[index])
            shown[index] = value
            return value
        }
        func show(_ part: Part) -> Value {
            let array = NumericArray(part)
            if let array, let nested = array.nested(atMost: room) {
                room -= array.nodes
                return nested
            }
            // An array too large to be written in JSON is a file, too.
            let bytes = array.map { [$0.fileHead[...], part.bytes] } ?? [part.bytes]
            let type = ContentKind.checked(array == nil ? part.contentType : nil)
            let given = array == nil ? part.name : "array.npy"
            let name = given.flatMap { $0.isEmpty ? nil : UploadName.cleaned($0) }
            do throws(Refusal) {
                return try keep(name ?? "file" + ContentKind.suffix(type), type, bytes)
            } catch {
                let said: Value = ["code": .string(error.code), "message": .string(error.message)]
                return ["error": said, "orig_name": name.map { .string($0) } ?? .null]
            }
        }
        func walked(_ value: Value) -> Value {
            switch value {
            case .null, .bool, .integer, .string: value
            case .number(let number): number.isFinite ? value : .null
            case .part(let index): show(index)
            case .array(let items): .array(items.map(walked))
            case .object(let fields): .object(fields.mapValues(walked))
            }
        }
        return walked(value)
    }
}

extension Refusal {
    fileprivate static func unknownFile(_ path: String) -> Refusal {
        Refusal(
            422, "unknown_file",
            "there is no file \(path.prefix(200)): it was never uploaded here, or is gone, an hour"
                + " after its last use or sooner for want of room; upload it again")
    }
}
