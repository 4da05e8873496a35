import Foundation
import Testing

/// Just enough of Varlink's interface language to hold a JSON value against it.
struct VarlinkSchema {
    /// The fields of each `type`, `error`, and both halves of each `method`: `Name.in` and
    /// `Name.out`.
    private(set) var structs: [String: [String: String]] = [:]
    private(set) var enums: [String: Set<String>] = [:]
    private(set) var methods: [String] = []
    private(set) var errors: [String] = []

    init(_ text: String) {
        let code = text.split(separator: "\n")
            .filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("#") }
            .joined(separator: " ")
        for match in code.matches(of: /(type|error) (\w+) \(([^)]*)\)/) {
            let (_, word, name, body) = match.output
            if word == "error" { errors.append(String(name)) }
            add(String(name), String(body))
        }
        for match in code.matches(of: /method (\w+)\(([^)]*)\) -> \(([^)]*)\)/) {
            let (_, name, parameters, reply) = match.output
            methods.append(String(name))
            add("\(name).in", String(parameters))
            add("\(name).out", String(reply))
        }
    }

    private mutating func add(_ name: String, _ body: String) {
        let parts = body.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.allSatisfy({ $0.contains(":") }) else {
            enums[name] = Set(parts)
            return
        }
        var fields: [String: String] = [:]
        for part in parts {
            let halves = part.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
            fields[halves[0]] = halves[1]
        }
        structs[name] = fields
    }

    /// Everything about the value that the type does not allow, as paths.
    func faults(in value: Any, of type: String, at path: String = "") -> [String] {
        if type.hasPrefix("?") {
            return value is NSNull ? [] : faults(in: value, of: String(type.dropFirst()), at: path)
        }
        if type.hasPrefix("[]") {
            guard let list = value as? [Any] else { return ["\(path): not a list"] }
            return list.flatMap { faults(in: $0, of: String(type.dropFirst(2)), at: "\(path)[]") }
        }
        if type.hasPrefix("[string]") {
            guard let map = value as? [String: Any] else { return ["\(path): not a map"] }
            let element = String(type.dropFirst(8))
            return map.flatMap { faults(in: $1, of: element, at: "\(path).\($0)") }
        }
        if let fields = structs[type] {
            let found = faults(in: value, of: fields, at: path)
            // The one union: its other fields are absent by design.
            return type == "Target" ? found.filter { !$0.hasSuffix("missing") } : found
        }
        let fits =
            switch type {
            case "int": (value as? Double).map { $0 == $0.rounded() } ?? false
            case "float": value is Double
            case "bool": value is Bool
            case "string": value is String
            case "object": true
            default: (value as? String).map { enums[type]?.contains($0) ?? false } ?? false
            }
        return fits ? [] : ["\(path): \(value) is no \(type)"]
    }

    private func faults(in value: Any, of fields: [String: String], at path: String) -> [String] {
        guard let object = value as? [String: Any] else { return ["\(path): not an object"] }
        var found = object.keys.filter { fields[$0] == nil }.map { "\(path).\($0): unknown" }
        for (name, type) in fields {
            switch object[name] {
            case let value?: found += faults(in: value, of: type, at: "\(path).\(name)")
            case nil: found.append("\(path).\(name): missing")
            }
        }
        return found
    }
}
