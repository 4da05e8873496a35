/// What Gradio's clients ask for first: which functions there are, and what they take.
public enum GradioConfig {
    /// Of Gradio, whose protocol is spoken as it was then.
    static let version = "6.31.0"
    /// Under which all is but `/config`.
    public static let prefix = "/gradio_api"

    /// `/config`: each input and output is a component of its own.
    public static func config(_ functions: [GradioFunction]) -> Value {
        var components: [Value] = []
        func component(_ component: GradioComponent, _ label: String, _ value: Value) -> Value {
            let number = Value.integer(Int64(components.count))
            components.append([
                "id": number, "type": .string(component.rawValue), "skip_api": false,
                "props": [
                    "label": .string(label), "value": value, "name": .string(component.rawValue),
                ],
            ])
            return number
        }
        let dependencies = functions.map { function -> Value in
            let inputs = function.parameters.map {
                component($0.component, $0.name, $0.offeredDefault ?? .null)
            }
            let outputs = function.returns.map { component($0, "result", .null) }
            return dependency(function, inputs, outputs)
        }
        return [
            "version": .string(version), "protocol": "sse_v3", "api_prefix": .string(prefix),
            // Clients put the address they know in its place.
            "root": "", "mode": "blocks", "title": "Sluice", "is_space": false,
            "app_id": .integer(appID(functions)), "connect_heartbeat": false,
            "enable_queue": true, "show_api": true, "components": .array(components),
            "dependencies": .array(dependencies),
        ]
    }

    private static func dependency(
        _ function: GradioFunction, _ inputs: [Value], _ outputs: [Value]
    ) -> Value {
        [
            "id": .integer(Int64(function.number)), "api_name": .string(function.name),
            "inputs": .array(inputs), "outputs": .array(outputs), "targets": [], "queue": true,
            "backend_fn": true, "js": .null, "batch": false, "cancels": [], "trigger": .null,
            "api_visibility": "public", "show_api": true, "connection": "sse",
            "types": ["generator": .bool(function.streams), "cancel": false],
        ]
    }

    /// Changes when there are other functions, or they take other things: a page that was made for
    /// the old ones is reloaded then.
    public static func appID(_ functions: [GradioFunction]) -> Int64 {
        let told = String(decoding: info(functions).json, as: UTF8.self)
        return Int64(GradioNumbers.hash(told))
    }

    /// `/gradio_api/info`: the parameters, for people and for arguments by name.
    public static func info(_ functions: [GradioFunction]) -> Value {
        var endpoints: [String: Value] = [:]
        for function in functions {
            endpoints["/" + function.name] = [
                "parameters": .array(function.parameters.map(parameter)),
                "returns": .array(function.returns.map(result)),
                "description": function.description.map { .string($0) } ?? .null,
                "api_visibility": "public", "show_api": true,
            ]
        }
        return ["named_endpoints": .object(endpoints), "unnamed_endpoints": [:]]
    }

    private static func parameter(_ parameter: Parameter) -> Value {
        let component = parameter.component
        let offered = parameter.offeredDefault
        return [
            "label": .string(parameter.name), "parameter_name": .string(parameter.name),
            "parameter_has_default": .bool(parameter.isOptional),
            "parameter_default": offered ?? .null,
            "type": component.schema, "python_type": python(component, parameter.type),
            "component": .string(component.title),
            "example_input": offered.flatMap { $0.isNull ? nil : $0 } ?? component.example,
        ]
    }

    private static func result(_ component: GradioComponent) -> Value {
        [
            "label": "result", "type": component.schema, "python_type": python(component, nil),
            "component": .string(component.title),
        ]
    }

    private static func python(_ component: GradioComponent, _ told: String?) -> Value {
        ["type": .string(told ?? component.pythonType), "description": ""]
    }
}
