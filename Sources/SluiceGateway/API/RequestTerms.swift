import FoundationEssentials
import SluiceClient

/// What is said with a request beyond its function and its body: in the query, or in a header with
/// `Sluice-` before the name.
public struct RequestTerms: Hashable, Sendable {
    public var options = RequestOptions()
    /// How long the answer may be put off for the outcome to be in it; zero: not at all.
    public var wait = Duration.zero

    /// A number of seconds that can be said.
    public struct Span: Sendable {
        public var name: String
        public var least: Double
        public var most: Double
        public var about: String
    }

    /// A year: what is longer was meant otherwise.
    private static let longest = 31_536_000.0

    public static let spans = [
        Span(
            name: "queue_timeout", least: 0.001, most: longest,
            about: "Longest wait until it is started, in seconds."),
        Span(
            name: "exec_timeout", least: 0.001, most: longest,
            about: "Longest run of one attempt, in seconds."),
        Span(
            name: "deadline", least: 0.001, most: longest,
            about: "Longest time in all, in seconds."),
        Span(
            name: "max_wait", least: 0, most: longest,
            about: "Refuse it when the predicted wait is longer, in seconds."),
    ]
    public static let wait = Span(
        name: "wait", least: 0, most: Double(GatewayLimits.longestWaitSeconds),
        about: "How long the answer may be put off for the outcome to be in it, in seconds.")

    /// - Parameter said: what is said under a name. The first counts; the others have to make
    ///   sense.
    public init(_ said: (String) -> [String]) throws(Refusal) {
        options.wantsStatus = true
        options.detached = try Self.truth("detached", said)
        wait = try Self.wait(said)
        let spans = Self.spans
        options.queueTimeout = try Self.duration(spans[0], said)
        options.execTimeout = try Self.duration(spans[1], said)
        options.deadline = try Self.duration(spans[2], said)
        options.maxWait = try Self.duration(spans[3], said)
    }

    /// How long an answer may be put off: all that is said with a question about a request.
    public static func wait(_ said: (String) -> [String]) throws(Refusal) -> Duration {
        try duration(wait, said) ?? .zero
    }

    /// The header that says what the query says under a name.
    public static func header(_ name: String) -> String {
        name.split(separator: "_").reduce("Sluice") { header, word in
            header + "-" + word.prefix(1).uppercased() + word.dropFirst()
        }
    }

    private static func truth(
        _ name: String, _ said: (String) -> [String]
    ) throws(Refusal) -> Bool {
        var truth: Bool?
        for text in said(name) {
            guard let one = ["true": true, "1": true, "false": false, "0": false][text] else {
                throw Refusal(
                    400, "bad_parameter", "\(name) is true or false, not \(shown(text))")
            }
            truth = truth ?? one
        }
        return truth ?? false
    }

    private static func duration(
        _ span: Span, _ said: (String) -> [String]
    ) throws(Refusal) -> Duration? {
        var duration: Duration?
        for text in said(span.name) {
            // Swift's numbers may be infinite and hexadecimal; ours are those of JSON, or about
            // that.
            let letters = Set("0123456789.eE+-".utf8)
            guard text.utf8.allSatisfy(letters.contains), let seconds = Double(text),
                span.least...span.most ~= seconds
            else {
                throw Refusal(
                    400, "bad_parameter",
                    "\(span.name) is a number of seconds from \(span.least) to \(span.most), not "
                        + shown(text))
            }
            duration = duration ?? .microseconds(Int64((seconds * 1e6).rounded()))
        }
        return duration
    }

    private static func shown(_ text: String) -> String { "\"\(text.prefix(40))\"" }
}
