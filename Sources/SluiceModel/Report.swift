/// What a worker may say about a request before its outcome; passed through in order.
public enum ReportKind: Hashable, BitwiseCopyable, Sendable {
    /// A partial result. Once one was sent, the request is run again only if its function is
    /// declared restartable. Numbered from 0 within an attempt.
    case chunk(sequence: UInt64)
    case progress
    case log
}

/// A worker's last word about one item of a grant.
public enum Answer: Hashable, BitwiseCopyable, Sendable {
    case completed
    /// The function raised.
    case failed
    /// It stopped because it was told to.
    case cancelled
}
