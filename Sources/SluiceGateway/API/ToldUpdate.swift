import SluiceClient
import SluiceModel

/// What the daemon says of a request, and how it is told: already in JSON where that takes long, so
/// that a large part of one request's result does not hold up whoever keeps the table of all.
public struct ToldUpdate: Sendable {
    enum Word {
        /// Its JSON is made in no time.
        case short(RequestUpdate)
        /// The whole event.
        case chunk(UInt64, json: [UInt8])
        /// With the result, where that is small.
        case outcome(RequestOutcome, Value?)
    }

    let word: Word

    public init(_ update: RequestUpdate) {
        switch update {
        case .admitted, .status, .started, .progress, .log: word = .short(update)
        case .chunk(let sequence, let content):
            let event: Value = ["sequence": .count(sequence), "value": content.plain]
            word = .chunk(sequence, json: event.json)
        case .outcome(let outcome):
            word = .outcome(outcome, outcome.told)
        }
    }
}

extension RequestOutcome {
    fileprivate var told: Value? {
        guard outcome == .completed, content.bytes.count <= GatewayLimits.valueInOutcome else {
            return nil
        }
        return content.plain
    }
}

extension Content {
    /// As JSON can say it; what cannot be read is bytes.
    var plain: Value {
        if let (value, parts) = try? Envelope.value(of: bytes, type: type) {
            return value.plain(parts)
        }
        return Part(bytes[...]).plain
    }
}
