// What may be set, by whom, and what holds when nobody did. A `nil` means "not said here"; the
// engine resolves each key by the order control > configuration > declaration > default.

/// Settings of a queue: the waiting requests of every function that shares a `concurrency_id`.
public struct QueueSettings: Hashable, Sendable {
    /// How many batches of the queue may run at once.
    public var concurrencyLimit: Limit?
    /// How many requests may wait.
    public var maxSize: Limit?
    /// Refuse a request whose predicted wait is longer. `nil`: never.
    public var maxWait: Duration?
    /// On which devices its batches run, each holding a place on one. `nil`: on none.
    public var devices: DeviceSelection?
    /// How many batches of the queue may run on one device at once. Default 1.
    public var perDeviceLimit: Limit?

    public init(
        concurrencyLimit: Limit? = nil, maxSize: Limit? = nil, maxWait: Duration? = nil,
        devices: DeviceSelection? = nil, perDeviceLimit: Limit? = nil
    ) {
        self.concurrencyLimit = concurrencyLimit
        self.maxSize = maxSize
        self.maxWait = maxWait
        self.devices = devices
        self.perDeviceLimit = perDeviceLimit
    }
}

/// Whether a request that was started when its worker died may be run again.
public enum RetryRule: String, Hashable, Sendable, CaseIterable {
    /// After a crash, yes: inference is pure.
    case crash
    /// At most once: the request fails instead.
    case never
}

/// Settings of a function: what a worker declares about it, or the configuration says.
public struct FunctionSettings: Hashable, Sendable {
    /// The queue it waits in. Default: one of its own, named after it.
    public var concurrencyID: String?
    /// What this function asks of its queue; see `QueueSettings.concurrencyLimit`.
    public var concurrencyLimit: Limit?
    /// Whether the worker takes several requests at once.
    public var batch: Bool?
    /// Requests in one batch at most: default 4 where `batch`, else 1.
    public var maxBatchSize: Int?
    /// How long the oldest waiting request may be held for a fuller batch, from its enqueue.
    public var maxBatchDelay: Duration?
    /// Longest wait until started.
    public var queueTimeout: Duration?
    /// Longest run, for each attempt.
    public var execTimeout: Duration?
    public var retry: RetryRule?
    /// Attempts charged before a request that kills its worker fails. Default 2.
    public var maxAttempts: Int?
    /// Whether a request may be run again after partial results of it were sent.
    public var restartable: Bool?
    /// What one batch is expected to take, until the daemon has seen some.
    public var expectedDuration: Duration?
    /// How long a cancelled batch may go on before its worker counts as hung. Default 30 s.
    public var cancelGrace: Duration?
    /// Workers that may die with the function in hand, with no answer between, before it is
    /// paused. Default 10.
    public var maxWorkerDeaths: Limit?
    /// The users who may ask for it; nil: everybody who may open the client socket.
    public var allowUsers: Set<UInt32>?
    /// Bytes of a device that a worker has in use for it at rest: the weights of its model.
    public var memory: Int?
    /// Bytes that each request of a running batch takes beside that.
    public var memoryPerItem: Int?
    /// Devices that one batch runs on, all at once. Default 1.
    public var deviceCount: Int?
    /// Whether nothing else may be on its devices: no other worker's lease, no other batch.
    public var exclusive: Bool?

    public init(
        concurrencyID: String? = nil, concurrencyLimit: Limit? = nil, batch: Bool? = nil,
        maxBatchSize: Int? = nil, maxBatchDelay: Duration? = nil, queueTimeout: Duration? = nil,
        execTimeout: Duration? = nil, retry: RetryRule? = nil, maxAttempts: Int? = nil,
        restartable: Bool? = nil, expectedDuration: Duration? = nil, cancelGrace: Duration? = nil,
        maxWorkerDeaths: Limit? = nil, allowUsers: Set<UInt32>? = nil, memory: Int? = nil,
        memoryPerItem: Int? = nil, deviceCount: Int? = nil, exclusive: Bool? = nil
    ) {
        self.concurrencyID = concurrencyID
        self.concurrencyLimit = concurrencyLimit
        self.batch = batch
        self.maxBatchSize = maxBatchSize
        self.maxBatchDelay = maxBatchDelay
        self.queueTimeout = queueTimeout
        self.execTimeout = execTimeout
        self.retry = retry
        self.maxAttempts = maxAttempts
        self.restartable = restartable
        self.expectedDuration = expectedDuration
        self.cancelGrace = cancelGrace
        self.maxWorkerDeaths = maxWorkerDeaths
        self.allowUsers = allowUsers
        self.memory = memory
        self.memoryPerItem = memoryPerItem
        self.deviceCount = deviceCount
        self.exclusive = exclusive
    }
}

/// Settings of the whole daemon, at their defaults.
public struct DaemonSettings: Hashable, Sendable {
    /// Batches running in the whole daemon.
    public var maxRunning: Limit = .at(40)
    /// `concurrency_limit` of a queue for which nobody says one.
    public var defaultConcurrencyLimit: Limit = .at(1)
    /// Requests waiting in all queues together.
    public var maxSize: Limit = .none
    /// Payload bytes held for waiting requests, all together.
    public var maxBytes: Int = 1 << 30
    /// Payloads in descriptors held for live requests, all together: the kernel bounds how many a
    /// process may have open.
    public var maxFiles: Int = 4096
    /// Payload bytes of one request.
    public var maxRequestBytes: Int = 64 << 20
    /// Live requests of one user.
    public var maxRequestsPerUser: Limit = .none
    /// Payload bytes held for waiting requests of one user.
    public var maxBytesPerUser: Limit = .none
    /// Payloads in descriptors held for live requests of one user. Nil: half of `maxFiles`.
    public var maxFilesPerUser: Limit?
    /// Users who may ask on behalf of others, by whom these three limits then count.
    public var gateways: Set<UInt32> = []
    /// Status messages in a second, all clients together.
    public var statusBudget: Int = 20_000
    /// How long after a restart clients and workers may come back to what they had; nothing is
    /// dispatched meanwhile. Zero: what they had is taken as new.
    public var reclaimWindow: Duration = .seconds(5)

    public init() {}

    /// One user alone leaves files to others, and has enough where it is the only one.
    public var filesPerUser: Limit { maxFilesPerUser ?? .at((maxFiles + 1) / 2) }
}

/// All that the configuration file says, already checked.
public struct Configuration: Hashable, Sendable {
    public var daemon = DaemonSettings()
    public var queues: [String: QueueSettings] = [:]
    public var functions: [String: FunctionSettings] = [:]
    /// In order of name, each name once.
    public var devices: [DeviceSettings] = []
    /// The keys of `daemon` that the file says, be it what the default is.
    public var said: Set<String> = []

    public init() {}
}

/// What a worker says about one function it serves.
public struct Declaration: Hashable, Sendable {
    public var function: String
    public var settings: FunctionSettings

    public init(function: String, settings: FunctionSettings = FunctionSettings()) {
        self.function = function
        self.settings = settings
    }
}
