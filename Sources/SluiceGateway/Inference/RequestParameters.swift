import SluiceModel

/// What a request says beside its tensors: words of the protocol, and the function's own
/// parameters. What means nothing here is refused rather than left out, since an answer that
/// disregards it would be a wrong one.
struct RequestParameters {
    var isBinary = false
    var deadline: Duration?
    var keywords: [String: Value] = [:]

    mutating func take(
        _ name: String, _ value: Value, _ model: InferenceModel
    ) throws(Refusal) {
        switch name {
        case "binary_data_output": isBinary = try Self.truth([name: value], name) ?? false
        case "timeout": deadline = try Self.deadline(value)
        case "priority", "sequence_id", "sequence_start", "sequence_end":
            throw .malformed("the parameter \(name) is not supported")
        default:
            guard model.options.contains(name) else {
                throw .malformed("\(model.name) has no parameter \(name)")
            }
            switch value {
            case .bool, .integer, .number, .string: keywords[name] = value
            case .null, .array, .object, .part:
                throw .malformed("the parameter \(name) is no string, number or Boolean")
            }
        }
    }

    /// Microseconds; 0 is none.
    private static func deadline(_ value: Value) throws(Refusal) -> Duration? {
        guard let time = value.integerValue, 0...Limits.durationSeconds * 1_000_000 ~= Int64(time)
        else { throw .malformed("the parameter timeout is not a number of microseconds") }
        return time == 0 ? nil : .microseconds(time)
    }

    static func truth(
        _ parameters: [String: Value], _ name: String
    ) throws(Refusal) -> Bool? {
        guard let value = parameters[name] else { return nil }
        guard let truth = value.boolValue else {
            throw .malformed("the parameter \(name) is true or false")
        }
        return truth
    }

    /// Of one input or output: hints that others give are no harm, but these would be other data.
    static func check(_ parameters: [String: Value], of what: String) throws(Refusal) {
        for name in parameters.keys.sorted()
        where name == "classification" || name.hasPrefix("shared_memory_") {
            throw .malformed("\(what): the parameter \(name) is not supported")
        }
    }
}
