import SluiceModel

// How values of the vocabulary are written as integers. Each way back is total, or says nil.

extension Duration {
    /// From a peer; nil over the limit.
    init?(wireMicroseconds: UInt64) {
        guard wireMicroseconds <= UInt64(Limits.durationSeconds) * 1_000_000 else { return nil }
        self = .microseconds(Int64(wireMicroseconds))
    }

    /// For a peer: no less than zero, no more than the limit, and never zero unless it is zero,
    /// since a timeout of nothing means something else than one of very little.
    var wireMicroseconds: UInt64 {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        let microseconds = whole + (rest > 0 ? 1 : 0)
        return UInt64(min(max(microseconds, 0), Limits.durationSeconds * 1_000_000))
    }
}

extension Limit {
    private static let noneOnWire = UInt32.max

    init(onWire number: UInt32) {
        self = number == Limit.noneOnWire ? .none : .at(Int(number))
    }

    /// A limit too large to write is none: nothing on this machine can reach it.
    var onWire: UInt32 {
        guard let number else { return Limit.noneOnWire }
        return UInt32(clamping: number)
    }
}

extension RetryRule {
    init?(onWire number: UInt8) {
        switch number {
        case 0: self = .crash
        case 1: self = .never
        default: return nil
        }
    }

    var onWire: UInt8 {
        switch self {
        case .crash: 0
        case .never: 1
        }
    }
}

extension Outcome {
    init?(onWire number: UInt8) {
        switch number {
        case 1: self = .completed
        case 2: self = .failed
        case 3: self = .cancelled
        case 4: self = .expired
        case 5: self = .rejected
        default: return nil
        }
    }

    var onWire: UInt8 {
        switch self {
        case .completed: 1
        case .failed: 2
        case .cancelled: 3
        case .expired: 4
        case .rejected: 5
        }
    }
}
