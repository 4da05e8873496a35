import SluiceClient

/// What is answered to who asks for a result.
public enum ResultAnswer: Hashable, Sendable {
    case result(bytes: [UInt8], type: String)
    case refusal(Refusal)
    /// Not yet; with how it is.
    case pending(Value)

    /// - Parameter accepted: what the client accepts, as its header says; nil: anything.
    public init(_ request: KnownRequest, accepted: String?) {
        switch request.ending {
        case nil: self = .pending(request.state)
        case .refusal(let refusal): self = .refusal(refusal)
        case .outcome(let outcome):
            if let refusal = Refusal(outcome) {
                self = .refusal(refusal)
            } else {
                self = Self.result(outcome.content, accepted: accepted)
            }
        }
    }

    /// As the function gave it; but an envelope is for who knows ours, and JSON for others.
    private static func result(_ content: Content, accepted: String?) -> ResultAnswer {
        let type = content.type ?? "application/octet-stream"
        guard CallBody.mediaType(type) == Envelope.contentType, prefersJSON(accepted) else {
            return .result(bytes: content.bytes, type: type)
        }
        return .result(bytes: content.plain.json, type: "application/json")
    }

    private static func prefersJSON(_ accepted: String?) -> Bool {
        let types = (accepted ?? "*/*").split(separator: ",").map { CallBody.mediaType(String($0)) }
        guard !types.contains(Envelope.contentType) else { return false }
        return types.contains { ["application/json", "application/*", "*/*"].contains($0) }
    }
}

extension CatalogFunction {
    /// How the API tells of it.
    public var told: Value {
        var fields: [String: Value] = [
            "name": .string(name), "concurrency_id": .string(concurrencyID),
            "description": description.map { .string($0) } ?? .null,
            "batch": .bool(batch), "max_batch_size": .integer(Int64(maxBatchSize)),
            "streams": .bool(signature?.streams ?? false),
            "waiting": .integer(Int64(waiting)), "running": .integer(Int64(running)),
            "workers": .integer(Int64(workers)),
        ]
        fields["parameters"] = signature.map { .array($0.parameters.map(\.shown)) } ?? .null
        fields["returns"] = signature?.returns
        return .object(fields)
    }
}

extension Parameter {
    fileprivate var shown: Value {
        var fields = told.objectValue ?? [:]
        fields["name"] = .string(name)
        fields["kind"] = .string(kind.rawValue)
        return .object(fields)
    }
}
