/// A function as Gradio's clients have it: inputs in an order, and outputs.
///
/// `*args` is one input, a list; `**kwargs` is one, an object. A function of whose parameters
/// nothing is known has just these two.
public struct GradioFunction: Sendable {
    public let name: String
    /// Its `fn_index`.
    public let number: Int
    public let description: String?
    public let streams: Bool
    let parameters: [Parameter]
    let returns: [GradioComponent]

    public init(_ function: CatalogFunction, number: Int) {
        self.init(
            function.name, number: number, description: function.description,
            signature: function.signature)
    }

    init(_ name: String, number: Int, description: String? = nil, signature: Signature?) {
        self.name = name
        self.number = number
        self.description = description
        streams = signature?.streams ?? false
        parameters = signature?.parameters ?? Self.anything
        returns = Self.outputs(signature?.returns)
    }

    private static let anything: [Parameter] = {
        var (list, fields) = (Parameter("args"), Parameter("kwargs"))
        (list.kind, fields.kind) = (.variadic, .keywords)
        return [list, fields]
    }()

    /// A list of types is as many outputs, and anything else one.
    private static func outputs(_ told: Value?) -> [GradioComponent] {
        guard let list = told?.arrayValue, !list.isEmpty else {
            return [GradioComponent(type: told?["type"]?.stringValue)]
        }
        return list.map { GradioComponent(type: $0["type"]?.stringValue) }
    }

    /// How many values a result has.
    public var outputs: Int { returns.count }

    // MARK: What it is called with

    /// Arguments by name in the order of the inputs; nil for those that are left out.
    public func ordered(_ fields: [String: Value]) throws(Refusal) -> [Value?] {
        let names = Set(parameters.map(\.name))
        if let stranger = fields.keys.filter({ !names.contains($0) }).min() {
            throw .arguments("\(name) has no parameter \(stranger)")
        }
        return parameters.map { fields[$0.name] }
    }

    /// What a worker is asked with, from a value for each input in order. Those at the end may be
    /// missing, and any that has a default.
    public func arguments(
        _ data: [Value?]
    ) throws(Refusal) -> (positional: [Value], keywords: [String: Value]) {
        guard data.count <= parameters.count else {
            throw .arguments("\(name) has \(parameters.count) inputs, and \(data.count) were given")
        }
        var positional: [Value] = []
        var keywords: [String: Value] = [:]
        // Behind one that is left out there are only names.
        var isByName = false
        for (place, parameter) in parameters.enumerated() {
            let given = place < data.count ? parameter.taken(data[place]) : nil
            guard let given else {
                guard parameter.isOptional else {
                    throw .arguments("\(name) needs \(parameter.name)")
                }
                isByName = isByName || parameter.kind != .variadic
                continue
            }
            switch parameter.kind {
            case .positionalOnly:
                guard !isByName else { throw gap(before: parameter) }
                positional.append(given)
            case .ordinary where !isByName: positional.append(given)
            case .ordinary, .keywordOnly:
                isByName = true
                keywords[parameter.name] = given
            case .variadic:
                guard let items = given.arrayValue else {
                    throw .arguments("\(name): \(parameter.name) is a list")
                }
                guard !isByName || items.isEmpty else { throw gap(before: parameter) }
                positional.append(contentsOf: items)
            case .keywords:
                guard let fields = given.objectValue else {
                    throw .arguments("\(name): \(parameter.name) is an object")
                }
                keywords.merge(fields) { named, _ in named }
            }
        }
        return (positional, keywords)
    }

    private func gap(before parameter: Parameter) -> Refusal {
        .arguments("\(name): \(parameter.name) is given, and something before it is not")
    }

    /// A result as its outputs; nil where it has not so many.
    public func split(_ value: Value) -> [Value]? {
        guard outputs > 1 else { return [value] }
        guard let values = value.arrayValue, values.count == outputs else { return nil }
        return values
    }
}

extension Parameter {
    /// Whether it has a default that cannot be said in JSON: only the worker knows it.
    var hasUnsaidDefault: Bool { told["default_is_text"]?.boolValue ?? false }

    var isOptional: Bool {
        switch kind {
        case .variadic, .keywords: true
        // Null is a default, too.
        case .positionalOnly, .ordinary, .keywordOnly: defaultValue != nil
        }
    }

    /// What clients show and fill in; nil where it has to be given.
    var offeredDefault: Value? {
        switch kind {
        case .variadic: []
        case .keywords: [:]
        case .positionalOnly, .ordinary, .keywordOnly: hasUnsaidDefault ? .null : defaultValue
        }
    }

    /// What was given; nil for nothing, which clients that fill in defaults write as null.
    fileprivate func taken(_ given: Value?) -> Value? {
        guard let given, given.isNull else { return given }
        switch kind {
        case .variadic, .keywords: return nil
        case .positionalOnly, .ordinary, .keywordOnly:
            return hasUnsaidDefault ? nil : given
        }
    }

    var component: GradioComponent {
        switch kind {
        case .variadic, .keywords: .json
        case .positionalOnly, .ordinary, .keywordOnly: GradioComponent(type: type)
        }
    }
}

extension Refusal {
    /// Arguments that cannot be.
    static func arguments(_ message: String) -> Refusal { Refusal(422, "bad_arguments", message) }
}
