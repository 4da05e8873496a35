/// Reads the JSON of an inference where it lies. Elements of tensors become the bytes that they
/// are, one by one: by way of `Value`, a large tensor would cost ten times as much memory, and the
/// integers above `Int64.max` their last digits.
///
/// Of fields of the same name the last one counts, as for other readers of JSON, and those that are
/// not known are passed over. `null` is as good as nothing, but where something has to be.
struct InferenceReader {
    private var scanner: JSONScanner
    /// How many values there may be yet, besides elements.
    private var left = JSONScanner.mostValues

    static func body(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> InferenceBody {
        guard JSONScanner.isUTF8(bytes) else { throw noJSON }
        var reader = InferenceReader(scanner: JSONScanner(bytes: bytes))
        var body = InferenceBody()
        var hasInputs = false
        try reader.fields(of: "the JSON", depth: 0) { reader, name throws(Refusal) in
            switch name {
            case "id": body.id = try reader.textOrNull("id")
            case "parameters": body.parameters = try reader.object("parameters", depth: 1)
            case "inputs":
                hasInputs = true
                body.inputs = []
                try reader.list("inputs") { reader, place throws(Refusal) in
                    body.inputs.append(try reader.input(place))
                }
            case "outputs":
                body.outputs = []
                if reader.takeNull() { return }
                try reader.list("outputs") { reader, place throws(Refusal) in
                    body.outputs.append(try reader.output(place))
                }
            default: try reader.pass(depth: 1)
            }
        }
        guard reader.scanner.isAtEnd else { throw noJSON }
        guard hasInputs else { throw unreadable("the JSON has no inputs") }
        return body
    }

    private init(scanner: JSONScanner) { self.scanner = scanner }

    private mutating func output(_ place: String) throws(Refusal) -> OutputWish {
        var name: String?
        var parameters: [String: Value] = [:]
        try fields(of: place, depth: 2) { reader, field throws(Refusal) in
            switch field {
            case "name": name = try reader.text("\(place).name")
            case "parameters":
                parameters = try reader.object("\(place).parameters", depth: 3)
            default: try reader.pass(depth: 3)
            }
        }
        guard let name else { throw Self.unreadable("\(place) has no name") }
        return OutputWish(name: name, parameters: parameters)
    }

    private mutating func input(_ place: String) throws(Refusal) -> InputTensor {
        var words: [String: String] = [:]
        var shape: [Int]?
        var parameters: [String: Value] = [:]
        // What they are is perhaps said behind them.
        var data: Int?
        try fields(of: place, depth: 2) { reader, field throws(Refusal) in
            switch field {
            case "name", "datatype": words[field] = try reader.text("\(place).\(field)")
            case "shape": shape = try reader.shape("\(place).shape")
            case "parameters":
                parameters = try reader.object("\(place).parameters", depth: 3)
            case "data":
                data = reader.scanner.place
                try reader.pass(depth: 3)
            default: try reader.pass(depth: 3)
            }
        }
        guard let name = words["name"] else { throw Self.unreadable("\(place) has no name") }
        guard let datatype = words["datatype"] else {
            throw Self.unreadable("\(place) has no datatype")
        }
        guard let shape else { throw Self.unreadable("\(place) has no shape") }
        var input = try InputTensor(name, datatype, shape, parameters)
        guard let data else { return input }
        var tensor = TensorReader(input, JSONScanner(bytes: scanner.bytes, place: data))
        input.data = try tensor.read()
        return input
    }

    private mutating func shape(_ place: String) throws(Refusal) -> [Int] {
        var shape: [Int] = []
        try list(place) { reader, place throws(Refusal) in
            guard shape.count < Shape.mostDirections else {
                throw Self.unreadable("\(place): a shape has \(Shape.mostDirections) at most")
            }
            reader.scanner.skipSpace()
            let start = reader.scanner.place
            guard let size = reader.scanner.numeral()?.integer(Int.self) else {
                reader.scanner.place = start
                throw reader.wrong(place, "is no whole number")
            }
            shape.append(size)
            reader.scanner.skipSpace()
        }
        return shape
    }

    // MARK: What JSON is made of

    /// Reads an object, by leaving each of its fields to `take`.
    private mutating func fields(
        of place: String, depth: Int,
        _ take: (inout InferenceReader, String) throws(Refusal) -> Void
    ) throws(Refusal) {
        scanner.skipSpace()
        guard scanner.take(UInt8(ascii: "{")) else { throw wrong(place, "is no object") }
        scanner.skipSpace()
        var isOver = scanner.take(UInt8(ascii: "}"))
        while !isOver {
            scanner.skipSpace()
            let name = try reading { scanner throws(ValueError) in try scanner.text() }
            scanner.skipSpace()
            guard scanner.take(UInt8(ascii: ":")) else { throw Self.noJSON }
            scanner.skipSpace()
            try take(&self, name)
            scanner.skipSpace()
            isOver = scanner.take(UInt8(ascii: "}"))
            guard isOver || scanner.take(UInt8(ascii: ",")) else { throw Self.noJSON }
        }
        scanner.skipSpace()
    }

    /// Reads a list, by leaving each of its items to `take`.
    private mutating func list(
        _ place: String,
        _ take: (inout InferenceReader, String) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard scanner.take(UInt8(ascii: "[")) else { throw wrong(place, "is no list") }
        scanner.skipSpace()
        var isOver = scanner.take(UInt8(ascii: "]"))
        var count = 0
        while !isOver {
            try take(&self, "\(place)[\(count)]")
            count += 1
            isOver = scanner.take(UInt8(ascii: "]"))
            guard isOver || scanner.take(UInt8(ascii: ",")) else { throw Self.noJSON }
        }
    }

    private mutating func object(
        _ place: String, depth: Int
    ) throws(Refusal) -> [String: Value] {
        let value = try value(depth: depth)
        guard let fields = value.isNull ? [:] : value.objectValue else {
            throw Self.unreadable("\(place) is no object")
        }
        return fields
    }

    private mutating func text(_ place: String) throws(Refusal) -> String {
        guard scanner.next == UInt8(ascii: "\"") else { throw wrong(place, "is no text") }
        return try reading { scanner throws(ValueError) in try scanner.text() }
    }

    private mutating func textOrNull(_ place: String) throws(Refusal) -> String? {
        takeNull() ? nil : try text(place)
    }

    private mutating func takeNull() -> Bool {
        scanner.next == UInt8(ascii: "n") && scanner.word("null")
    }

    private mutating func value(depth: Int) throws(Refusal) -> Value {
        var left = left
        defer { self.left = left }
        return try reading { scanner throws(ValueError) in
            try scanner.read(depth: depth, &left)
        }
    }

    /// Goes behind a value that is not read here.
    private mutating func pass(depth: Int) throws(Refusal) {
        guard scanner.value(depth: depth) else { throw Self.noJSON }
    }

    private mutating func reading<Thing>(
        _ read: (inout JSONScanner) throws(ValueError) -> Thing
    ) throws(Refusal) -> Thing {
        do throws(ValueError) { return try read(&scanner) } catch {
            throw .malformed("the request \(error.explanation)")
        }
    }

    // MARK: What is wrong

    /// Something else is there, if it is JSON at all.
    private mutating func wrong(_ place: String, _ what: String) -> Refusal {
        scanner.value(depth: 0) ? Self.unreadable("\(place) \(what)") : Self.noJSON
    }

    private static func unreadable(_ why: String) -> Refusal {
        .malformed("the request cannot be read: \(why)")
    }

    private static let noJSON = Refusal.malformed(
        "the request \(ValueError.notJSON.explanation)")
}
