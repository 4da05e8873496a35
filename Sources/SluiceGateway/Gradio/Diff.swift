/// What turns one value into another, as Gradio's clients apply it: a list of `[op, path, value]`
/// with the operations replace, append (of text), add and delete.
enum Diff {
    /// Operations beyond which the whole value is sent: each costs a client a walk.
    static let mostOperations = 256

    static func edits(from old: Value, to new: Value) -> Value {
        var edits: [Value] = []
        compare(old, new, at: [], &edits)
        guard edits.count <= mostOperations else { return [edit("replace", [], new)] }
        return .array(edits)
    }

    private static func edit(_ operation: String, _ path: [Value], _ value: Value) -> Value {
        [.string(operation), .array(path), value]
    }

    private static func compare(
        _ old: Value, _ new: Value, at path: [Value], _ edits: inout [Value]
    ) {
        guard edits.count <= mostOperations else { return }
        switch (old, new) {
        case (.string(let old), .string(let new)):
            // By bytes: texts that look alike may be written differently.
            guard new.utf8.starts(with: old.utf8) else {
                return edits.append(edit("replace", path, .string(new)))
            }
            guard new.utf8.count > old.utf8.count else { return }
            let tail = new.utf8.dropFirst(old.utf8.count)
            edits.append(edit("append", path, .string(String(decoding: tail, as: UTF8.self))))
        case (.array(let old), .array(let new)): compare(old, new, at: path, &edits)
        case (.object(let old), .object(let new)): compare(old, new, at: path, &edits)
        default:
            guard old != new else { return }
            edits.append(edit("replace", path, new))
        }
    }

    private static func compare(
        _ old: [Value], _ new: [Value], at path: [Value], _ edits: inout [Value]
    ) {
        for (place, (old, new)) in zip(old, new).enumerated() {
            compare(old, new, at: path + [.integer(Int64(place))], &edits)
        }
        // From the end, so that no place moves before it is used.
        for place in stride(from: old.count - 1, through: new.count, by: -1) {
            guard edits.count <= mostOperations else { return }
            edits.append(edit("delete", path + [.integer(Int64(place))], .null))
        }
        for (place, value) in new.enumerated().dropFirst(old.count) {
            guard edits.count <= mostOperations else { return }
            edits.append(edit("add", path + [.integer(Int64(place))], value))
        }
    }

    private static func compare(
        _ old: [String: Value], _ new: [String: Value], at path: [Value], _ edits: inout [Value]
    ) {
        for key in old.keys.sorted() {
            let place = path + [.string(key)]
            guard let from = old[key], let to = new.field(written: key) else {
                edits.append(edit("delete", place, .null))
                continue
            }
            compare(from, to, at: place, &edits)
        }
        for (key, value) in new.sorted(by: { $0.key < $1.key }) {
            guard old.field(written: key) == nil else { continue }
            edits.append(edit("add", path + [.string(key)], value))
        }
    }
}

extension [String: Value] {
    /// The field of a key that is written just so: for a dictionary those are one that look alike.
    fileprivate func field(written key: String) -> Value? {
        guard let place = index(forKey: key), self[place].key.utf8.elementsEqual(key.utf8) else {
            return nil
        }
        return self[place].value
    }
}
