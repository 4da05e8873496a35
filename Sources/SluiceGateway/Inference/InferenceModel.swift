/// A function that can be asked by the Open Inference Protocol: one whose worker declared what
/// tensors it takes and returns, and which needs nothing else.
public struct InferenceModel: Hashable, Sendable {
    public struct Input: Hashable, Sendable {
        public var tensor: TensorSpec
        public var isRequired: Bool
    }

    public let name: String
    public let inputs: [Input]
    public let outputs: [TensorSpec]
    /// Other parameters of the function, which have defaults: a request's `parameters` may name
    /// them.
    let options: Set<String>
    /// Whether somebody serves it.
    public let isReady: Bool

    /// There is one version of each function: the one that its workers have.
    public static let version = "1"

    /// - Throws: `unknown_model`, with what is missing.
    public init(_ function: CatalogFunction) throws(Refusal) {
        var inputs: [Input] = []
        var options: Set<String> = []
        for parameter in function.signature?.parameters ?? [] {
            let isRequired = parameter.defaultValue == nil
            switch parameter.kind {
            case .variadic, .keywords: continue
            case .positionalOnly:
                guard isRequired else { continue }
                throw Self.noModel(function, "\(parameter.name) cannot be given by its name")
            case .ordinary, .keywordOnly: break
            }
            if let told = parameter.told["tensor"],
                let tensor = TensorSpec(parameter.name, told: told)
            {
                inputs.append(Input(tensor: tensor, isRequired: isRequired))
                continue
            }
            guard !isRequired else {
                throw Self.noModel(function, "\(parameter.name) is declared as no tensor")
            }
            options.insert(parameter.name)
        }
        guard !inputs.isEmpty else { throw Self.noModel(function, "it declares no tensors") }
        outputs = (function.signature?.returns?["tensors"]?.arrayValue ?? []).compactMap { told in
            told["name"]?.stringValue.flatMap { TensorSpec($0, told: told) }
        }
        guard !outputs.isEmpty else {
            throw Self.noModel(function, "it does not declare what tensors it returns")
        }
        name = function.name
        self.inputs = inputs
        self.options = options
        isReady = function.workers > 0
    }

    private static func noModel(_ function: CatalogFunction, _ why: String) -> Refusal {
        Refusal(
            404, "unknown_model",
            "the function \(function.name) is no model: \(why); see sluice-worker(7)")
    }

    /// What clients ask before they ask anything.
    public var metadata: Value {
        [
            "name": .string(name), "versions": [.string(Self.version)], "platform": "sluice",
            "inputs": .array(inputs.map(\.tensor.told)), "outputs": .array(outputs.map(\.told)),
        ]
    }
}

extension FunctionCatalog {
    /// The model of a name and, where it was said, a version.
    ///
    /// - Parameter pathComponent: as it stands in the path of a request.
    public func model(
        _ pathComponent: String, version: String? = nil
    ) throws(Refusal) -> InferenceModel {
        guard let name = APIPath.decoded(pathComponent), let function = self[name] else {
            throw Refusal(404, "unknown_model", "there is no model \(pathComponent)")
        }
        guard version == nil || version == InferenceModel.version else {
            throw Refusal(
                404, "unknown_version",
                "\(name) has one version, \(InferenceModel.version): leave it out")
        }
        return try InferenceModel(function)
    }

    /// All models, as the repository's index has them.
    ///
    /// - Parameter readyOnly: leaves out those that nobody serves now.
    public func repositoryIndex(readyOnly: Bool) -> Value {
        var entries: [Value] = []
        for function in functions {
            guard let model = try? InferenceModel(function), model.isReady || !readyOnly else {
                continue
            }
            entries.append([
                "name": .string(model.name), "version": .string(InferenceModel.version),
                "state": model.isReady ? "READY" : "UNAVAILABLE",
                "reason": model.isReady ? "" : "no worker that serves it is attached",
            ])
        }
        return .array(entries)
    }
}

/// The gateway, as it speaks of itself in this protocol.
public enum InferenceServer {
    public static func metadata(version: String) -> Value {
        [
            "name": "sluice", "version": .string(version), "extensions": ["binary_tensor_data"],
        ]
    }
}
