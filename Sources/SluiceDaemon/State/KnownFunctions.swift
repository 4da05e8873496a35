import SluiceEngine
import SluiceModel
import SluiceWire

/// The functions that workers declared, so that after a restart a client that is back before the
/// worker waits for it, as it would have without the restart; and what their workers say about
/// them to people and gateways, which the engine has no use for.
struct KnownFunctions {
    struct Contents: StateContents, Hashable {
        static let current = 1
        var version = Contents.current
        /// The latest declaration of each, by name.
        var functions: [String: KeptSettings] = [:]
        /// Nil where an older daemon wrote the file.
        var descriptions: [String: FunctionDescription]?
    }

    /// Room for `Limits.functions` declarations with long names, and their descriptions as JSON.
    private static let fileBytes = 48 << 20
    private var file: StateFile<Contents>
    private var descriptions: [String: FunctionDescription] = [:]
    private var descriptionBytes = 0

    init(in directory: String?, writer: FileWriter) {
        file = StateFile("functions.json", in: directory, bytes: Self.fileBytes, writer: writer)
    }

    /// Everything declared before, by name.
    mutating func load() throws(StateError) -> [Declaration] {
        try file.load()
        for (function, description) in file.contents.descriptions ?? [:] {
            describe(function, description)
        }
        return file.contents.functions.sorted { $0.key < $1.key }.map {
            Declaration(function: $0.key, settings: $0.value.settings)
        }
    }

    /// Keeps a declaration and what was said with it, if it is news.
    mutating func note(_ declaration: Declaration, _ description: FunctionDescription?) {
        let function = declaration.function
        describe(function, description)
        let settings = KeptSettings(declaration.settings)
        let kept = file.contents
        guard
            kept.functions[function] != settings
                || kept.descriptions?[function] != descriptions[function]
        else { return }
        let described = descriptions[function]
        file.change {
            $0.functions[function] = settings
            $0.descriptions = $0.descriptions ?? [:]
            $0.descriptions?[function] = described
        }
    }

    /// The latest description counts, also where it is none. What is over the bound of all of
    /// them together is left out: the function works without.
    private mutating func describe(_ function: String, _ description: FunctionDescription?) {
        descriptionBytes -= descriptions.removeValue(forKey: function)?.bytes ?? 0
        guard let description, descriptionBytes + description.bytes <= Limits.descriptions else {
            return
        }
        descriptions[function] = description
        descriptionBytes += description.bytes
    }

    /// What is said about functions, in the order of their names, as far as it fits into a page.
    func page(after: String?) -> Control.DescribeFunctions.Reply {
        var reply = Control.DescribeFunctions.Reply(functions: [])
        var bytes = 0
        for (function, description) in descriptions.sorted(by: { $0.key < $1.key }) {
            if let after, function <= after { continue }
            bytes += function.utf8.count + description.bytes
            guard bytes <= Self.pageBytes || reply.functions.isEmpty else {
                reply.next = reply.functions.last?.function
                break
            }
            reply.functions.append(
                Control.FunctionDescription(
                    function: function, description: description.text,
                    signature: description.signature))
        }
        return reply
    }

    /// JSON may make six bytes of one.
    private static let pageBytes = Limits.controlMessage / 8

    var nextDeadline: Instant? { file.nextDeadline }
    mutating func flush(at now: Instant) { file.flush(at: now) }

    mutating func forget(_ function: String) {
        describe(function, nil)
        guard file.contents.functions[function] != nil else { return }
        file.change {
            $0.functions[function] = nil
            $0.descriptions?[function] = nil
        }
    }
}

/// What a worker says about a function to people and gateways.
struct FunctionDescription: Codable, Hashable, Sendable {
    /// JSON text: its parameters. The daemon does not look into it.
    var signature: String?
    var text: String?

    /// Nil: nothing is said.
    init?(_ declaration: FunctionDeclaration) {
        signature = declaration.signature.flatMap { String(validating: $0, as: UTF8.self) }
        text = declaration.description
        guard signature != nil || text != nil else { return nil }
    }

    var bytes: Int { (signature?.utf8.count ?? 0) + (text?.utf8.count ?? 0) }

    private enum CodingKeys: String, CodingKey {
        case signature
        case text = "description"
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
    private var memory: Int?
    private var memoryPerItem: Int?
    private var deviceCount: Int?
    private var exclusive: Bool?

    private enum CodingKeys: String, CodingKey {
        case batch, retry, restartable, memory, exclusive
        case concurrencyID = "concurrency_id"
        case concurrencyLimit = "concurrency_limit"
        case maxBatchSize = "max_batch_size"
        case maxBatchDelay = "max_batch_delay"
        case queueTimeout = "queue_timeout"
        case execTimeout = "exec_timeout"
        case maxAttempts = "max_attempts"
        case expectedDuration = "expected_duration"
        case cancelGrace = "cancel_grace"
        case memoryPerItem = "memory_per_item"
        case deviceCount = "device_count"
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
        memory = settings.memory
        memoryPerItem = settings.memoryPerItem
        deviceCount = settings.deviceCount
        exclusive = settings.exclusive
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
            cancelGrace: span(cancelGrace), memory: memory, memoryPerItem: memoryPerItem,
            deviceCount: deviceCount, exclusive: exclusive)
    }
}

/// A duration that is kept as seconds.
private func span(_ seconds: Double?) -> Duration? {
    seconds.map { Duration(estimatedSeconds: $0) }
}
