import SluiceModel

extension Keys {
    static let function: [Key<FunctionSettings>] = waiting + batching + onDevices + failing

    private static let waiting: [Key<FunctionSettings>] = [
        Key(
            .function, "concurrency_id", .name, \.concurrencyID,
            default: .described("the function's name", example: "\"gpu_queue\""),
            "The queue it waits in; functions that name the same one share its limits."),
        Key(
            .function, "concurrency_limit", .limit(from: 0), \.concurrencyLimit,
            default: .described("default_concurrency_limit", example: "1"),
            "What it asks of its queue; of several functions the lowest holds."),
        Key(
            .function, "queue_timeout", .duration(.aboveZero), \.queueTimeout,
            default: .described("no end", example: "\"10min\""),
            "Longest wait of a request until it is started."),
        Key(
            .function, "expected_duration", .duration(.aboveZero), \.expectedDuration,
            default: .described("unknown", example: "\"2s\""),
            "What one batch is expected to take, until the daemon has seen some."),
        Key(
            .function, "allow_users", .users, \.allowUsers,
            default: .described("everybody", example: "[\"alice\", 1000]"),
            "The users who may ask for it, by name or uid."),
    ]

    private static let batching: [Key<FunctionSettings>] = [
        Key(
            .function, "batch", .flag, \.batch, default: .value("false"),
            "Whether a worker takes several requests at once."),
        Key(
            .function, "max_batch_size", .count(to: Limits.batchSize), \.maxBatchSize,
            default: .described("4 with batch, else 1", example: "1"),
            "Requests in one batch."),
        Key(
            .function, "max_batch_delay", .duration(.zero), \.maxBatchDelay,
            default: .value("\"0s\""),
            "How long the oldest request may be held for a fuller batch, counted from its "
                + "arrival."),
    ]

    private static let onDevices: [Key<FunctionSettings>] = [
        Key(
            .function, "memory", .size(), \.memory,
            default: .described("what its workers declare", example: "\"6GiB\""),
            "Memory of a device that a worker has in use for it at rest."),
        Key(
            .function, "memory_per_item", .size(), \.memoryPerItem,
            default: .described("what its workers declare", example: "\"512MiB\""),
            "Memory of a device that each request of a running batch takes beside that."),
        Key(
            .function, "device_count", .count(to: Limits.devicesPerLease), \.deviceCount,
            default: .value("1"), "Devices that one batch runs on, all at once."),
        Key(
            .function, "exclusive", .flag, \.exclusive, default: .value("false"),
            "Whether nothing else may be on its devices."),
    ]

    private static let failing: [Key<FunctionSettings>] = [
        Key(
            .function, "exec_timeout", .duration(.aboveZero), \.execTimeout,
            default: .described("no end", example: "\"5min\""),
            "Longest run of a request, for each attempt."),
        Key(
            .function, "cancel_grace", .duration(.aboveZero), \.cancelGrace,
            default: .value("\"30s\""),
            "How long a cancelled batch may go on before its worker counts as hung."),
        Key(
            .function, "retry", .word, \.retry, default: .value("\"crash\""),
            "Whether to run a request again when its worker died: \"crash\" or \"never\"."),
        Key(
            .function, "max_attempts", .count(to: 1000), \.maxAttempts, default: .value("2"),
            "Attempts charged before a request that kills its worker fails."),
        Key(
            .function, "restartable", .flag, \.restartable, default: .value("false"),
            "Whether to run a request again after partial results of it were sent."),
        Key(
            .function, "max_worker_deaths", .limit(from: 1), \.maxWorkerDeaths,
            default: .value("10"),
            "Workers that may die in a row before the function is paused."),
    ]
}
