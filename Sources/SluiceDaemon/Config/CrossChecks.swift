import SluiceModel
import SluiceStore

/// Keys held against each other, when all files are read: which of them contradict, and which
/// can have no effect.
///
/// A contradiction within one table is an error: the file cannot mean both. Everything that an
/// operator may pass through on purpose, such as a limit of 0, is a warning. Findings come in
/// no order; the reader sorts them by place.
struct CrossChecks {
    struct Findings {
        var errors: [ConfigurationError] = []
        var warnings: [ConfigurationError] = []
    }

    let checked: CheckedConfiguration
    let places: [[String]: ConfigurationReader.Place]
    /// Devices about which there is an error already: what else they would be is a guess.
    let wrongDevices: Set<String>

    var findings: Findings {
        var findings = Findings()
        daemon(&findings)
        for (name, settings) in checked.engine.functions {
            function(settings, at: ["function", name], &findings)
        }
        limits(&findings)
        zeros(&findings)
        devices(&findings)
        bindings(&findings)
        return findings
    }

    private func daemon(_ findings: inout Findings) {
        let daemon = checked.engine.daemon
        let functions = checked.engine.functions.count
        if functions > Limits.functions {
            findings.errors.append(
                at(["function"], "\(functions) functions; at most \(Limits.functions) may be known")
            )
        }
        if daemon.maxBytesPerUser < .at(min(daemon.maxRequestBytes, Limits.incomingBody)) {
            findings.warnings.append(
                at(
                    ["daemon", "max_bytes_per_user"],
                    "less than max_request_bytes: a request of that size is never accepted"))
        }
        // Larger payloads travel in descriptors, which max_bytes does not count.
        if daemon.maxBytes < min(daemon.maxRequestBytes, Limits.incomingBody) {
            findings.warnings.append(
                at(
                    ["daemon", "max_bytes"],
                    "less than max_request_bytes: a request of that size is never accepted"))
        }
        let stored = checked.edge.store.maxStoredBytes
        // New requests leave a sixteenth free.
        if stored - stored / 16 < min(daemon.maxRequestBytes, StoreLimits.payloadBytes) {
            findings.warnings.append(
                at(
                    ["daemon", "max_stored_bytes"],
                    "too little for max_request_bytes: a detached request of that size is never "
                        + "accepted"))
        }
    }

    private func function(
        _ settings: FunctionSettings, at table: [String], _ findings: inout Findings
    ) {
        func error(_ key: String, _ message: String) {
            findings.errors.append(at(table + [key], message))
        }
        func warn(_ key: String, _ message: String) {
            findings.warnings.append(at(table + [key], message))
        }

        if settings.batch == false, let size = settings.maxBatchSize, size > 1 {
            error("max_batch_size", "\(size) contradicts batch = false, which makes batches of 1")
        }
        if let delay = settings.maxBatchDelay, delay > .zero,
            settings.batch == false || settings.maxBatchSize == 1
        {
            error("max_batch_delay", "batches of 1 are always full; there is nothing to wait for")
        }
        if settings.retry == .never, let attempts = settings.maxAttempts, attempts > 1 {
            error("max_attempts", "\(attempts) contradicts retry = \"never\"")
        }
        if settings.retry == .never, settings.restartable == true {
            error("restartable", "true contradicts retry = \"never\"")
        }
        if let delay = settings.maxBatchDelay, let timeout = settings.queueTimeout,
            delay >= timeout
        {
            warn("max_batch_delay", "not shorter than queue_timeout: a lone request expires first")
        }
        if let expected = settings.expectedDuration, let timeout = settings.execTimeout,
            expected > timeout
        {
            warn("expected_duration", "longer than exec_timeout, which ends such a run")
        }
    }

    /// Who sets the limit of a queue, where several do.
    private func limits(_ findings: inout Findings) {
        var lowest: [String: Limit] = [:]
        let limited = checked.engine.functions.compactMap { name, settings in
            settings.concurrencyLimit.map {
                (name: name, queue: settings.concurrencyID ?? name, limit: $0)
            }
        }
        for function in limited {
            lowest[function.queue] = min(lowest[function.queue] ?? .none, function.limit)
        }
        for function in limited {
            let configured = checked.engine.queues[function.queue]?.concurrencyLimit
            let inForce = configured ?? lowest[function.queue] ?? function.limit
            guard inForce != function.limit else { continue }
            let holder = configured == nil ? "another function of" : "the table of"
            findings.warnings.append(
                at(
                    ["function", function.name, "concurrency_limit"],
                    "\(function.limit) has no effect: "
                        + "\(holder) queue \(function.queue) says \(inForce), which holds"))
        }
    }

    /// A limit of 0 is allowed, and rarely meant.
    private func zeros(_ findings: inout Findings) {
        func warn(_ path: [String], _ message: String) {
            findings.warnings.append(at(path, message))
        }

        if checked.engine.daemon.maxRunning == .at(0) {
            warn(["daemon", "max_running"], "0 lets nothing start")
        }
        if checked.engine.daemon.defaultConcurrencyLimit == .at(0) {
            warn(["daemon", "default_concurrency_limit"], "0 lets nothing start by default")
        }
        for (name, queue) in checked.engine.queues where queue.concurrencyLimit == .at(0) {
            warn(["queue", name, "concurrency_limit"], "0 lets nothing of the queue start")
        }
        for (name, function) in checked.engine.functions where function.concurrencyLimit == .at(0) {
            warn(["function", name, "concurrency_limit"], "0 lets nothing of its queue start")
        }
        for (name, function) in checked.engine.functions where function.allowUsers == [] {
            warn(["function", name, "allow_users"], "an empty list lets nobody ask for it")
        }
    }

    /// A message about a key, or where it was not set about its table.
    func at(_ path: [String], _ message: String) -> ConfigurationError {
        let place = places[path] ?? places[path.dropLast()]
        return ConfigurationError(
            file: place?.file ?? "sluiced.toml", line: place?.line, key: TOML.dotted(path),
            message: message)
    }
}
