/// What the client of a request is to hear, as it is written to it: whoever keeps it until it is
/// read has nothing left to make.
public struct GradioNews: Sendable {
    enum Kind: Sendable {
        /// How things are: a newer one of its kind takes its place.
        case estimation, progress
        /// Nothing takes its place, and estimations and progress that come later stand behind it.
        case word
        /// The same, and the request is over.
        case last
    }

    /// The name of the request.
    public let event: String
    let kind: Kind
    let text: [UInt8]
    /// The files that it names, which were kept for it.
    public let files: [UploadPath]

    /// Nil where there is nothing to hear in this manner.
    init?(
        _ message: GradioMessage, of event: String, in manner: GradioSession.Manner,
        files: [UploadPath] = []
    ) {
        guard let text = message.text(of: event, in: manner) else { return nil }
        (self.event, self.text, self.files) = (event, text, files)
        kind =
            switch message {
            case .estimation: .estimation
            case .progress: .progress
            case .started, .log, .generating: .word
            case .completed, .failed: .last
            }
    }

    public var isLast: Bool { kind == .last }
}
