import SluiceClient

/// One request, from what the daemon says of it to what its client hears.
///
/// It belongs to whoever follows the request, and is no part of the session: reading a result,
/// keeping its files and writing it may take long, and holds nobody up so. Nobody else tells of the
/// request, so what is made comes in order. And a session keeps all of it, until it ends the
/// request: so differences are always from the values that the client has.
public struct GradioEvent: Sendable {
    public let name: String
    private let function: GradioFunction
    private let manner: GradioSession.Manner
    /// The values that the client has. Those that are larger than `keptBytes` are not kept.
    private var last: [Value?]?
    private var hasStarted = false

    /// Bytes of a value above which the next is sent as a whole.
    static let keptBytes = 256 << 10

    public init(_ name: String, _ function: GradioFunction, _ manner: GradioSession.Manner) {
        (self.name, self.function, self.manner) = (name, function, manner)
    }

    /// What the client hears of an update; nil for nothing.
    ///
    /// - Parameter files: where those of a result go.
    public mutating func news(
        of update: RequestUpdate, _ files: any FileBridge
    ) -> GradioNews? {
        var kept: [UploadPath] = []
        guard let message = message(for: update, files, &kept) else { return nil }
        return GradioNews(message, of: name, in: manner, files: kept)
    }

    /// The same of a request that ended without an outcome.
    public func news(of refusal: Refusal) -> GradioNews? {
        GradioNews(.failed(refusal), of: name, in: manner)
    }

    private mutating func message(
        for update: RequestUpdate, _ files: any FileBridge, _ kept: inout [UploadPath]
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
                let values = try GradioResult.values(content, of: function, files, &kept)
                return .generating(manner == .queue ? diffs(to: values) : values)
            } catch {
                // Its outcome says what is wrong.
                return nil
            }
        case .outcome(let outcome): return completion(outcome, files, &kept)
        }
    }

    private func completion(
        _ outcome: RequestOutcome, _ files: any FileBridge, _ kept: inout [UploadPath]
    ) -> GradioMessage {
        do throws(Refusal) {
            return .completed(try GradioResult.values(outcome, of: function, files, &kept))
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
    /// - Parameter kept: gets the files that were kept for them.
    /// - Throws: why there are none.
    public static func values(
        _ outcome: RequestOutcome, of function: GradioFunction, _ files: any FileBridge,
        _ kept: inout [UploadPath]
    ) throws(Refusal) -> [Value] {
        if var refusal = Refusal(outcome) {
            if outcome.outcome == .cancelled { refusal.message = "Cancelled" }
            throw refusal
        }
        return try values(outcome.content, of: function, files, &kept)
    }

    static func values(
        _ content: Content, of function: GradioFunction, _ files: any FileBridge,
        _ kept: inout [UploadPath]
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
        return values.map { files.outgoing($0, parts, &kept) }
    }
}
