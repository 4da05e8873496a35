/// What Gradio's clients take a parameter or a result for.
public enum GradioComponent: String, Hashable, Sendable {
    case textbox, number, checkbox, file
    case json

    /// - Parameter type: as the worker's language names it.
    init(type: String?) {
        switch Self.plain(type ?? "") {
        case "str": self = .textbox
        case "int", "float": self = .number
        case "bool": self = .checkbox
        case "bytes", "File": self = .file
        default: self = .json
        }
    }

    /// The name without its module, and without the possibility of none.
    private static func plain(_ type: String) -> Substring {
        var type = type[...]
        for end in [" | None", "|None"] where type.hasSuffix(end) {
            type = type.dropLast(end.count)
        }
        for begin in ["typing.Optional[", "Optional["] where type.hasPrefix(begin) {
            type = type.dropFirst(begin.count).dropLast()
        }
        return type.split(separator: ".").last ?? type
    }

    /// In JSON Schema.
    var schema: Value {
        switch self {
        case .textbox: ["type": "string"]
        case .number: ["type": "number"]
        case .checkbox: ["type": "boolean"]
        case .file, .json: [:]
        }
    }

    /// For people who write Python.
    var pythonType: String {
        switch self {
        case .textbox: "str"
        case .number: "float"
        case .checkbox: "bool"
        case .file: "filepath"
        case .json: "Any"
        }
    }

    /// As Gradio's pages write it.
    var title: String {
        switch self {
        case .json: "JSON"
        case .textbox, .number, .checkbox, .file:
            rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }

    var example: Value {
        switch self {
        case .textbox: "Hello!!"
        case .number: 3
        case .checkbox: true
        case .file, .json: .null
        }
    }
}
