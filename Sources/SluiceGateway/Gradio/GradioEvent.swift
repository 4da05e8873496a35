import SluiceClient

/// One request, from what the daemon says of it to what its client hears.
struct GradioEvent: Sendable {
    let function: GradioFunction
    /// Whether its client puts results together from differences.
    let sendsDiffs: Bool
    /// The values that the client has. Those that are larger than `keptBytes` are not kept.
    private var last: [Value?]?
    private var hasStarted = false

    /// Bytes of a value above which the next is sent as a whole.
    static let keptBytes = 256 << 10

    init(_ function: GradioFunction, sendsDiffs: Bool) {
        self.function = function
        self.sendsDiffs = sendsDiffs
    }

    /// What the client hears; nil for nothing.
    mutating func message(
        for update: RequestUpdate, _ files: any FileBridge
    ) -> GradioMessage? {
        switch update {
        case .admitted: return nil
        case .status(let status): return hasStarted ? nil : .estimation(status)
        case .started:
            // Of another attempt clients cannot be told.
            guard !hasStarted else { return nil }
            hasStarted = true
            return .started
        case .progress(let progress): return .progress(progress)
        case .log(let line): return .log(line)
        case .chunk(_, let content):
            do throws(Refusal) {
                let values = try GradioResult.values(content, of: function, files)
                return .generating(sendsDiffs ? diffs(to: values) : values)
            } catch {
                // Its outcome says what is wrong.
                return nil
            }
        case .outcome(let outcome): return completion(outcome, files)
        }
    }

    private func completion(_ outcome: RequestOutcome, _ files: any FileBridge) -> GradioMessage {
        do throws(Refusal) {
            return .completed(try GradioResult.values(outcome, of: function, files))
        } catch {
            return .failed(error)
        }
    }

    private mutating func diffs(to values: [Value]) -> [Value] {
        defer { last = values.map { $0.isLarger(than: Self.keptBytes) ? nil : $0 } }
        guard let last, last.count == values.count else { return values }
        return zip(last, values).map { old, new in
            guard let old else { return [["replace", [], new]] }
            return Diff.edits(from: old, to: new)
        }
    }
}

extension Value {
    /// About that; looks no further than it has to.
    fileprivate func isLarger(than bytes: Int) -> Bool {
        var left = bytes
        return !fits(&left)
    }

    private func fits(_ left: inout Int) -> Bool {
        switch self {
        case .null, .bool, .integer, .number, .part: left -= 8
        case .string(let text): left -= 8 + text.utf8.count
        case .array(let items):
            left -= 8
            for item in items { guard item.fits(&left) else { return false } }
        case .object(let fields):
            left -= 8
            for (key, field) in fields {
                left -= key.utf8.count
                guard field.fits(&left) else { return false }
            }
        }
        return left >= 0
    }
}

/// Results as Gradio's clients have them.
public enum GradioResult {
    /// The outputs of a request.
    ///
    /// - Throws: why there are none.
    public static func values(
        _ outcome: RequestOutcome, of function: GradioFunction, _ files: any FileBridge
    ) throws(Refusal) -> [Value] {
        if var refusal = Refusal(outcome) {
            if outcome.outcome == .cancelled { refusal.message = "Cancelled" }
            throw refusal
        }
        return try values(outcome.content, of: function, files)
    }

    static func values(
        _ content: Content, of function: GradioFunction, _ files: any FileBridge
    ) throws(Refusal) -> [Value] {
        let (value, parts): (Value, [Part])
        do throws(ValueError) {
            (value, parts) = try Envelope.value(of: content.bytes, type: content.type)
        } catch {
            throw Refusal(
                500, "bad_result", "what \(function.name) returned is unreadable: \(error)")
        }
        guard let values = function.split(value) else {
            throw Refusal(
                500, "bad_result",
                "\(function.name) returned something else than its \(function.outputs) outputs")
        }
        return values.map { files.outgoing($0, parts) }
    }
}
