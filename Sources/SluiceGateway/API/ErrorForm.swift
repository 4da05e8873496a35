/// How an answer says what went wrong: clients of each API look for a form of their own.
public enum ErrorForm: Hashable, Sendable {
    /// `{"error":{"code":…,"message":…}}`, with `retry_after` in seconds where it is known.
    case ours
    /// Gradio's clients look for `detail`, some for `error`.
    case gradio
    /// Of the Open Inference Protocol: `{"error":"…"}`.
    case inference

    /// That of the API which a path is of.
    public init(path: String) {
        switch path.split(separator: "/", maxSplits: 1).first {
        case "config", "gradio_api": self = .gradio
        case "v2": self = .inference
        default: self = .ours
        }
    }
}

extension Refusal {
    public func body(in form: ErrorForm = .ours) -> [UInt8] {
        var fields: [String: Value] = ["code": .string(code), "message": .string(message)]
        fields["retry_after"] = retryAfter.map { .number($0.inSeconds) }
        switch form {
        case .ours: return Value.object(["error": .object(fields)]).json
        case .gradio:
            fields["message"] = nil
            fields["detail"] = .string(message)
            fields["error"] = .string(message)
            return Value.object(fields).json
        case .inference: return Value.object(["error": .string(message)]).json
        }
    }
}
