import Testing

@testable import SluiceGateway

@Suite("Gradio's clients are sent what changed")
struct DiffTests {
    @Test(
        "What changed is said in the client's words",
        arguments: [
            ("one", "one two", #"[["append",[]," two"]]"#),
            ("one", "two", #"[["replace",[],"two"]]"#),
            ([1, 2, 3], [1, 9], #"[["replace",[1],9],["delete",[2],null]]"#),
            ([1], [1, 2, 3], #"[["add",[1],2],["add",[2],3]]"#),
            (["a": 1, "b": "x"], ["b": "xy", "c": .null], nil),
            (["a": [1]], ["a": [1]], "[]"), (1, 1.0, #"[["replace",[],1.0]]"#),
            // The same to the eye, and other bytes.
            ("e\u{301}", "\u{e9}", "[[\"replace\",[],\"\u{e9}\"]]"),
        ] as [(Value, Value, String?)])
    func words(old: Value, new: Value, expected: String?) throws {
        let edits = Diff.edits(from: old, to: new)
        if let expected { #expect(String(decoding: edits.json, as: UTF8.self) == expected) }
        #expect(try applied(edits, to: old).json == new.json)
    }

    @Test("Applied to the old value they give the new one, whatever both are")
    func property() throws {
        var chance = Chance(state: 7)
        for _ in 0..<3000 {
            let old = chance.value(depth: 4)
            let new = Bool.random(using: &chance) ? chance.changed(old) : chance.value(depth: 4)
            let edits = Diff.edits(from: old, to: new)
            #expect(try applied(edits, to: old).json == new.json, "\(old) to \(new)")
        }
    }

    @Test("Beyond so many changes the whole value is sent")
    func many() throws {
        let old = Value.array((0..<1000).map { .integer($0) })
        let new = Value.array((1...1000).map { .integer($0) })
        #expect(Diff.edits(from: old, to: new) == [["replace", [], new]])
        let text = Value.object(["k": .string(String(repeating: "x", count: 1_000_000))])
        #expect(Diff.edits(from: text, to: text) == [])
    }
}

/// As Gradio's clients do it.
func applied(_ edits: Value, to value: Value) throws -> Value {
    var value = value
    for edit in try #require(edits.arrayValue) {
        let parts = try #require(edit.arrayValue)
        let (operation, path) = (parts[0].stringValue, try #require(parts[1].arrayValue))
        try apply(operation ?? "", path[...], parts[2], to: &value)
    }
    return value
}

private func apply(
    _ operation: String, _ path: ArraySlice<Value>, _ new: Value, to value: inout Value
) throws {
    guard let step = path.first else {
        if operation == "replace" { return value = new }
        try #require(operation == "append")
        return value = .string(
            try #require(value.stringValue) + (try #require(new.stringValue)))
    }
    let isLast = path.count == 1
    switch value {
    case .array(var items):
        let place = try #require(step.integerValue)
        if isLast && operation == "add" {
            items.insert(new, at: place)
        } else if isLast && operation == "delete" {
            items.remove(at: place)
        } else {
            try apply(operation, path.dropFirst(), new, to: &items[place])
        }
        value = .array(items)
    case .object(var fields):
        let key = try #require(step.stringValue)
        if isLast && operation == "add" {
            try #require(!fields.keys.contains(key))
            fields[key] = new
        } else if isLast && operation == "delete" {
            try #require(fields.removeValue(forKey: key) != nil)
        } else {
            var field = try #require(fields[key])
            try apply(operation, path.dropFirst(), new, to: &field)
            fields[key] = field
        }
        value = .object(fields)
    case .null, .bool, .integer, .number, .string, .part: Issue.record("no way on")
    }
}

/// The same values each time.
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func value(depth: Int) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64.random(in: -2...2, using: &self))
        case 3: return .number(Double(Int.random(in: -2...2, using: &self)) / 2)
        case 4: return .string(text())
        case 5, 6:
            let count = Int.random(in: 0..<5, using: &self)
            return .array((0..<count).map { _ in value(depth: depth - 1) })
        default:
            var fields: [String: Value] = [:]
            for _ in 0..<Int.random(in: 0..<4, using: &self) {
                fields[name()] = value(depth: depth - 1)
            }
            return .object(fields)
        }
    }

    private mutating func text() -> String {
        let words = ["a", "b", "\u{e9}", "e\u{301}", "\u{1f600}", "\""]
        let count = Int.random(in: 0..<4, using: &self)
        return (0..<count).map { _ in words.randomElement(using: &self) ?? "" }.joined()
    }

    /// A key: of those that look alike, a dictionary has one, and which is not said.
    private mutating func name() -> String {
        let letters = ["a", "b", "\u{1f600}", "\""]
        let count = Int.random(in: 0..<4, using: &self)
        return (0..<count).map { _ in letters.randomElement(using: &self) ?? "" }.joined()
    }

    /// Grown or shrunk somewhere.
    mutating func changed(_ value: Value) -> Value {
        switch value {
        case .string(let old): return .string(old + text())
        case .array(var items):
            if let place = items.indices.randomElement(using: &self) {
                items[place] = changed(items[place])
            }
            if Bool.random(using: &self) { items.append(self.value(depth: 1)) }
            if items.count > 2, Bool.random(using: &self) { items.removeFirst() }
            return .array(items)
        case .object(var fields):
            if let key = fields.keys.sorted().randomElement(using: &self) {
                fields[key] = fields[key].map { changed($0) }
            }
            fields[name()] = self.value(depth: 1)
            return .object(fields)
        case .null, .bool, .integer, .number, .part: return self.value(depth: 1)
        }
    }
}
