import SluiceEngine
import SluiceModel

/// The functions that workers declared, so that after a restart a client that is back before the
/// worker waits for it, as it would have without the restart.
struct KnownFunctions {
    struct Contents: StateContents, Hashable {
        static let current = 1
        var version = Contents.current
        /// The latest declaration of each, by name.
        var functions: [String: KeptSettings] = [:]
    }

    /// Room for `Limits.functions` declarations with long names.
    private static let fileBytes = 16 << 20
    private var file: StateFile<Contents>

    init(in directory: String?, writer: FileWriter) {
        file = StateFile("functions.json", in: directory, bytes: Self.fileBytes, writer: writer)
    }

    /// Everything declared before, by name.
    mutating func load() throws(StateError) -> [Declaration] {
        try file.load()
        return file.contents.functions.sorted { $0.key < $1.key }.map {
            Declaration(function: $0.key, settings: $0.value.settings)
        }
    }

    /// Keeps a declaration, if it is news.
    mutating func note(_ declaration: Declaration) {
        let settings = KeptSettings(declaration.settings)
        guard file.contents.functions[declaration.function] != settings else { return }
        file.change { $0.functions[declaration.function] = settings }
    }

    var nextDeadline: Instant? { file.nextDeadline }
    mutating func flush(at now: Instant) { file.flush(at: now) }

    mutating func forget(_ function: String) {
        guard file.contents.functions[function] != nil else { return }
        file.change { $0.functions[function] = nil }
    }
}

/// The settings that a worker can declare, as they are kept: in the words of the configuration,
/// durations in seconds.
struct KeptSettings: Codable, Hashable, Sendable {
    private var concurrencyID: String?
    /// -1: none.
    private var concurrencyLimit: Int?
    private var batch: Bool?
    private var maxBatchSize: Int?
    private var maxBatchDelay: Double?
    private var queueTimeout: Double?
    private var execTimeout: Double?
    private var retry: String?
    private var maxAttempts: Int?
    private var restartable: Bool?
    private var expectedDuration: Double?
    private var cancelGrace: Double?

    private enum CodingKeys: String, CodingKey {
        case batch, retry, restartable
        case concurrencyID = "concurrency_id"
        case concurrencyLimit = "concurrency_limit"
        case maxBatchSize = "max_batch_size"
        case maxBatchDelay = "max_batch_delay"
        case queueTimeout = "queue_timeout"
        case execTimeout = "exec_timeout"
        case maxAttempts = "max_attempts"
        case expectedDuration = "expected_duration"
        case cancelGrace = "cancel_grace"
    }

    init(_ settings: FunctionSettings) {
        concurrencyID = settings.concurrencyID
        concurrencyLimit = settings.concurrencyLimit.map { $0.number ?? -1 }
        batch = settings.batch
        maxBatchSize = settings.maxBatchSize
        maxBatchDelay = settings.maxBatchDelay?.inSeconds
        queueTimeout = settings.queueTimeout?.inSeconds
        execTimeout = settings.execTimeout?.inSeconds
        retry = settings.retry?.rawValue
        maxAttempts = settings.maxAttempts
        restartable = settings.restartable
        expectedDuration = settings.expectedDuration?.inSeconds
        cancelGrace = settings.cancelGrace?.inSeconds
    }

    var settings: FunctionSettings {
        FunctionSettings(
            concurrencyID: concurrencyID,
            concurrencyLimit: concurrencyLimit.map { $0 < 0 ? .none : .at($0) }, batch: batch,
            maxBatchSize: maxBatchSize, maxBatchDelay: span(maxBatchDelay),
            queueTimeout: span(queueTimeout),
            execTimeout: span(execTimeout), retry: retry.flatMap(RetryRule.init),
            maxAttempts: maxAttempts, restartable: restartable,
            expectedDuration: span(expectedDuration),
            cancelGrace: span(cancelGrace))
    }
}

/// A duration that is kept as seconds.
private func span(_ seconds: Double?) -> Duration? {
    seconds.map { Duration(estimatedSeconds: $0) }
}
