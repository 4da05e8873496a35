import SluiceWire

/// What the daemon says of itself, for monitoring.
public struct DaemonMeasures: Hashable, Sendable {
    public var daemon: Control.Daemon
    public var queues: [Control.Queue]
    public var functions: [Control.Function]
    public var workers: [Control.Worker]
    public var devices: [Control.Device]
    public var metrics: Control.GetMetrics.Reply

    public init(
        daemon: Control.Daemon, queues: [Control.Queue], functions: [Control.Function],
        workers: [Control.Worker], devices: [Control.Device], metrics: Control.GetMetrics.Reply
    ) {
        self.daemon = daemon
        self.queues = queues
        self.functions = functions
        self.workers = workers
        self.devices = devices
        self.metrics = metrics
    }
}

/// What the gateway counted of itself.
public struct GatewayMeasures: Hashable, Sendable {
    public struct Answers: Hashable, Sendable {
        /// The route as it was declared, with the names of its parameters: there are few.
        public var route: String
        public var status: Int

        public init(route: String, status: Int) {
            self.route = route
            self.status = status
        }
    }

    public var answers: [Answers: Int]
    /// Streams of events that somebody reads.
    public var streams: Int
    /// Those that look at the page.
    public var viewers = 0
    public var connections = 0
    public var gradioSessions = 0
    /// Of uploads and of answers, with those that are on their way.
    public var uploadFiles = 0
    public var uploadBytes = 0
    /// Of bodies until their requests have ended or are stored, of answers until they are read.
    public var bodyBytes = 0
    public var answerBytes = 0

    public init(answers: [Answers: Int] = [:], streams: Int = 0) {
        self.answers = answers
        self.streams = streams
    }
}

/// The page at `/metrics`: what Prometheus reads of the daemon and the gateway.
///
/// Names follow Prometheus' conventions and the words of sluice(7); `queue` is the
/// `concurrency_id`. What is counted begins at zero with the daemon's start, or the gateway's.
public enum MetricsText {
    public static let contentType = Exposition.contentType

    /// - Parameter measures: nil where the daemon does not answer: then it is down, and the gateway
    ///   speaks of itself.
    public static func text(_ measures: DaemonMeasures?, _ gateway: GatewayMeasures) -> String {
        var page = Exposition()
        page.metric(
            "sluice_up", .gauge, "Whether the daemon answers the gateway.",
            measures == nil ? 0 : 1)
        page.add(gateway)
        guard let measures else { return page.text }
        page.add(measures.daemon)
        page.add(queues: measures.queues)
        page.add(functions: measures.functions)
        page.add(counted: measures.metrics)
        page.add(workers: measures.workers, measures.metrics)
        page.add(devices: measures.devices)
        return page.text
    }
}

extension Exposition {
    fileprivate mutating func add(_ gateway: GatewayMeasures) {
        metric(
            "sluice_http_requests_total", .counter,
            "Requests that the gateway answered, by route and status."
        ) { samples in
            let sorted = gateway.answers.sorted {
                ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
            }
            for (answers, count) in sorted {
                samples.add(count, [("route", answers.route), ("status", "\(answers.status)")])
            }
        }
        func gauge(_ name: String, _ help: String, _ value: Int) {
            metric("sluice_http_" + name, .gauge, help, Double(value))
        }
        gauge("streams", "Streams of events that the gateway sends.", gateway.streams)
        gauge("page_viewers", "Browsers that look at the live page.", gateway.viewers)
        gauge("connections", "Connections of clients of the gateway.", gateway.connections)
        gauge("gradio_sessions", "Sessions of Gradio's clients.", gateway.gradioSessions)
        gauge("upload_files", "Files that the gateway keeps.", gateway.uploadFiles)
        gauge("upload_bytes", "Bytes of files that the gateway keeps.", gateway.uploadBytes)
        gauge(
            "body_bytes", "Bytes of bodies of requests that have not ended, nor are stored.",
            gateway.bodyBytes)
        gauge("answer_bytes", "Bytes of answers that were not yet read.", gateway.answerBytes)
    }

    fileprivate mutating func add(_ daemon: Control.Daemon) {
        metric("sluice_build_info", .gauge, "1, with the version of the daemon.") { samples in
            samples.add(1, [("version", daemon.version)])
        }
        metric(
            "sluice_uptime_seconds", .gauge, "How long the daemon runs.", daemon.uptimeSeconds)
        metric(
            "sluice_held", .gauge,
            "1 where the daemon is paused, drains or waits for peers of "
                + "before a restart.",
            daemon.hold == .running && daemon.reclaimingSeconds == nil ? 0 : 1)
        metric("sluice_waiting_requests", .gauge, "Requests that wait.", Double(daemon.waiting))
        metric("sluice_running_batches", .gauge, "Batches that run.", Double(daemon.running))
        metric(
            "sluice_max_running_batches", .gauge, "Batches that may run at once.",
            daemon.maxRunning.map { Double($0) } ?? .infinity)
        metric("sluice_clients", .gauge, "Connections of clients.", Double(daemon.clients))
        metric(
            "sluice_waiting_bytes", .gauge, "Bytes of waiting requests.", Double(daemon.bytes))
        metric(
            "sluice_max_waiting_bytes", .gauge, "Bytes that waiting requests may have.",
            Double(daemon.maxBytes))
        metric(
            "sluice_store_bytes", .gauge, "Bytes that are kept of detached requests.",
            daemon.store?.bytes.map { Double($0) })
        metric(
            "sluice_max_store_bytes", .gauge, "Bytes that may be kept of detached requests.",
            daemon.store.map { Double($0.maxStoredBytes) })
        metric(
            "sluice_store_usable", .gauge, "Whether new detached requests are taken.",
            daemon.store.map { $0.state == .usable ? 1 : 0 })
    }

    fileprivate mutating func add(queues: [Control.Queue]) {
        func gauge(
            _ name: String, _ help: String, _ value: (Control.Queue) -> Double?
        ) {
            metric("sluice_queue_" + name, .gauge, help) { samples in
                for queue in queues {
                    guard let value = value(queue) else { continue }
                    samples.add(value, [("queue", queue.concurrencyID)])
                }
            }
        }
        gauge("waiting_requests", "Requests that wait in a queue.") { Double($0.waiting) }
        gauge("running_batches", "Batches of a queue that run.") { Double($0.running) }
        gauge("concurrency_limit", "Batches of a queue that may run at once.") {
            $0.concurrencyLimit.map { Double($0) } ?? .infinity
        }
        gauge("max_size", "Requests that may wait in a queue.") {
            $0.maxSize.map { Double($0) } ?? .infinity
        }
        gauge("held", "1 where a queue is paused or drains.") { $0.hold == .running ? 0 : 1 }
        gauge("oldest_waiting_seconds", "How long the oldest request of a queue waits.") {
            $0.oldestWaitingSeconds ?? 0
        }
    }

    fileprivate mutating func add(functions: [Control.Function]) {
        func gauge(_ name: String, _ help: String, _ value: (Control.Function) -> Int) {
            metric("sluice_function_" + name, .gauge, help) { samples in
                for function in functions {
                    samples.add(
                        value(function),
                        [("function", function.function), ("queue", function.concurrencyID)])
                }
            }
        }
        gauge("waiting_requests", "Requests of a function that wait.") { $0.waiting }
        gauge("running_batches", "Batches of a function that run.") { $0.running }
        gauge("workers", "Attached workers that serve a function.") { $0.workers }
        gauge("held", "1 where a function is paused or drains.") { $0.hold == .running ? 0 : 1 }
    }

    // MARK: Counted by the daemon

    fileprivate mutating func add(counted: Control.GetMetrics.Reply) {
        func histogram(
            _ name: String, _ help: String, _ bounds: [Double],
            _ values: (Control.FunctionMetrics) -> Control.Distribution
        ) {
            metric(name, .histogram, help) { samples in
                for function in counted.functions where !values(function).counts.isEmpty {
                    let values = values(function)
                    samples.add(
                        counts: values.counts, sum: values.sum, below: bounds,
                        [("function", function.function)])
                }
            }
        }
        histogram(
            "sluice_wait_seconds", "How long requests waited until a worker began with them.",
            counted.durationBounds, \.waits)
        histogram(
            "sluice_run_seconds", "How long batches ran, from a worker's beginning to their end.",
            counted.durationBounds, \.runs)
        histogram(
            "sluice_batch_size", "Requests in a batch.", counted.sizeBounds, \.batchSizes)
        metric(
            "sluice_requests_total", .counter,
            "Requests that were accepted and have ended, by outcome and code."
        ) { samples in
            for function in counted.functions {
                for (code, count) in function.outcomes.sorted(by: { $0.key < $1.key }) {
                    let labels: Labels = [
                        ("function", function.function), ("outcome", OutcomeName.of(code)),
                        ("code", code),
                    ]
                    samples.add(count, labels)
                }
            }
        }
        metric(
            "sluice_refusals_total", .counter, "Requests that were not accepted, by code."
        ) { samples in
            for (code, count) in counted.refusals.sorted(by: { $0.key < $1.key }) {
                samples.add(count, [("code", code)])
            }
        }
        metric(
            "sluice_worker_deaths_total", .counter,
            "Workers that died with a batch of a function in hand."
        ) { samples in
            for function in counted.functions {
                samples.add(function.workerDeaths, [("function", function.function)])
            }
        }
    }

    // MARK: Workers and devices

    fileprivate mutating func add(
        workers: [Control.Worker], _ counted: Control.GetMetrics.Reply
    ) {
        metric("sluice_workers", .gauge, "Attached workers, by state.") { samples in
            for state in Control.WorkerState.allCases {
                samples.add(workers.count { $0.state == state }, [("state", state.rawValue)])
            }
        }
        metric(
            "sluice_workers_attached_total", .counter,
            "Workers that came; each restart of a worker is one.",
            Double(counted.workersAttached))
        metric(
            "sluice_workers_lost_total", .counter, "Workers that went with work in hand.",
            Double(counted.workersLost))
        metric(
            "sluice_workers_hung_total", .counter,
            "How often a worker did not stop when it was told to.", Double(counted.workersHung))
    }

    fileprivate mutating func add(devices: [Control.Device]) {
        func gauge(_ name: String, _ help: String, _ value: (Control.Device) -> Double?) {
            metric("sluice_device_" + name, .gauge, help) { samples in
                for device in devices {
                    guard let value = value(device) else { continue }
                    samples.add(value, [("device", device.device)])
                }
            }
        }
        gauge("memory_bytes", "Memory of a device.") { $0.memoryTotalBytes.map { Double($0) } }
        gauge("memory_used_bytes", "Memory of a device that is in use, as it was seen.") {
            $0.memoryUsedBytes.map { Double($0) }
        }
        gauge("memory_reserved_bytes", "Memory that workers have or were promised.") {
            Double($0.memoryHeldBytes)
        }
        gauge("memory_foreign_bytes", "Memory that processes have which are no workers.") {
            Double($0.memoryForeignBytes)
        }
        gauge("utilisation_ratio", "How busy a device is, from 0 to 1.") {
            $0.utilisation.map { Double($0) / 100 }
        }
        gauge("temperature_celsius", "How hot a device is.") {
            $0.temperature.map { Double($0) }
        }
        gauge("power_watts", "What a device draws.") { $0.powerWatts }
        gauge("running_batches", "Batches that run on a device.") { Double($0.running) }
        gauge("cordoned", "1 where nothing new starts on a device, or it is lost.") {
            $0.state == .usable ? 0 : 1
        }
        gauge("sample_age_seconds", "Since a device was looked at: one at rest seldom is.") {
            $0.sampleAgeSeconds
        }
    }
}
