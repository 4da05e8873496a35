import SluiceModel
import SluiceStore

/// Every key there is. From this table values are read and errors name what is known; tests
/// hold config/sluiced.toml and sluiced.toml(5) against it. A key is added here, there, and
/// nowhere else.
enum Keys {
    static let all: [AboutKey] =
        daemon.map(\.about) + queue.map(\.about) + function.map(\.about) + device.map(\.about)
        + control.map(\.about)

    static func names(of section: Section) -> [String] {
        all.filter { $0.section == section }.map(\.name)
    }

    static let daemon: [Key<CheckedConfiguration>] = [
        Key(
            .daemon, "max_running", .limit(from: 0), \.engine.daemon.maxRunning,
            default: .value("40"), "Batches that may run at once in the whole daemon."),
        Key(
            .daemon, "default_concurrency_limit", .limit(from: 0),
            \.engine.daemon.defaultConcurrencyLimit, default: .value("1"),
            "The concurrency_limit of a queue for which nobody says one."),
        Key(
            .daemon, "max_size", .limit(from: 0), \.engine.daemon.maxSize,
            default: .value("\"none\""),
            "Requests that may wait in all queues together; running ones do not count."),
        Key(
            .daemon, "max_bytes", .size(), \.engine.daemon.maxBytes, default: .value("\"1GiB\""),
            "Payload bytes held for waiting requests, all together."),
        Key(
            .daemon, "max_files", .count(), \.engine.daemon.maxFiles, default: .value("4096"),
            "Payloads held in descriptors for requests that wait or run, all together."),
        Key(
            .daemon, "max_request_bytes", .size(), \.engine.daemon.maxRequestBytes,
            default: .value("\"64MiB\""), "Payload bytes of one request."),
        Key(
            .daemon, "max_requests_per_user", .limit(from: 1), \.engine.daemon.maxRequestsPerUser,
            default: .value("\"none\""), "Requests of one user that may wait or run."),
        Key(
            .daemon, "max_bytes_per_user", .size(orNoneFrom: 1), \.engine.daemon.maxBytesPerUser,
            default: .value("\"none\""), "Payload bytes held for waiting requests of one user."),
        Key(
            .daemon, "max_files_per_user", .limit(from: 1), \.engine.daemon.maxFilesPerUser,
            default: .described("half of max_files", example: "2048"),
            "Payloads held in descriptors for requests of one user that wait or run."),
        Key(
            .daemon, "gateways", .users, \.engine.daemon.gateways, default: .value("[]"),
            "Users who ask on behalf of others, by name or uid: limits per user count by caller."),
        Key(
            .daemon, "status_budget", .count(), \.engine.daemon.statusBudget,
            default: .value("20000"),
            "Messages of rank and ETA a second, to all clients together."),
        Key(
            .daemon, "reclaim_window", .duration(.zero), \.engine.daemon.reclaimWindow,
            default: .value("\"5s\""),
            "How long after a restart peers may come back to what they had."),
        Key(
            .daemon, "durability", .word, \.edge.store.durability, default: .value("\"process\""),
            "What detached requests outlive: the end of the \"process\", or a loss of \"power\"."),
        Key(
            .daemon, "result_ttl", .duration(.aboveZero), \.edge.store.resultTTL,
            default: .value("\"24h\""),
            "How long the outcome of a detached request can be fetched."),
        Key(
            .daemon, "max_stored_bytes", .size(from: StoreLimits.leastStoredBytes),
            \.edge.store.maxStoredBytes, default: .value("\"1GiB\""),
            "Bytes of the file of detached requests and results; its log and 4 MiB come on top."
        ),
        Key(
            .daemon, "max_connections", .count(to: Limits.clients), \.edge.maxConnections,
            default: .value("4096"), "Clients that may be connected."),
        Key(
            .daemon, "max_connections_per_user", .limit(from: 1), \.edge.maxConnectionsPerUser,
            default: .value("1024"), "Clients of one user that may be connected."),
        Key(
            .daemon, "max_workers", .count(to: Limits.workers), \.edge.maxWorkers,
            default: .value("1024"), "Workers that may be attached."),
        Key(
            .daemon, "max_incoming_bytes", .size(from: 64 << 10), \.edge.maxIncomingBytes,
            default: .value("\"1GiB\""),
            "Bytes of unfinished frames held for all connections together."),
        Key(
            .daemon, "max_outgoing_bytes", .size(), \.edge.maxOutgoingBytes,
            default: .value("\"64MiB\""),
            "Bytes that may wait for one slow reader before its connection is closed."),
        Key(
            .daemon, "stall_timeout", .duration(.aboveZero), \.edge.stallTimeout,
            default: .value("\"5min\""),
            "How long a client may take nothing of what waits for it."),
        Key(
            .daemon, "discover_devices", .flag, \.edge.discoverDevices, default: .value("true"),
            "Whether to look for devices of NVIDIA and AMD; those declared here are used anyway."),
        Key(
            .daemon, "device_sample_interval", .duration(.aboveZero), \.edge.deviceSampleInterval,
            default: .value("\"1s\""), "How often devices in use are looked at."),
    ]

    static let queue: [Key<QueueSettings>] = [
        Key(
            .queue, "concurrency_limit", .limit(from: 0), \.concurrencyLimit,
            default: .described("what its functions declare", example: "1"),
            "Batches of the queue that may run at once."),
        Key(
            .queue, "max_size", .limit(from: 0), \.maxSize, default: .value("\"none\""),
            "Requests that may wait in the queue; running ones do not count."),
        Key(
            .queue, "max_wait", .duration(.zero), \.maxWait,
            default: .described("never refuse", example: "\"30s\""),
            "Refuse a request whose predicted wait is longer."),
        Key(
            .queue, "devices", .devices, \.devices,
            default: .described("\"none\"", example: "\"all\""),
            "The devices its batches run on, each with a place on one: \"all\", or a list of names."
        ),
        Key(
            .queue, "per_device_limit", .limit(from: 1), \.perDeviceLimit, default: .value("1"),
            "Batches of the queue that may run on one device at once."),
    ]

    static let control: [Key<CheckedConfiguration>] = [
        Key(
            .control, "read_group", .group, \.edge.readGroup, default: .value("\"sluice\""),
            "The group that may look, besides root and the admin group."),
        Key(
            .control, "admin_group", .group, \.edge.adminGroup,
            default: .value("\"sluice-admin\""), "The group that may change things, besides root."),
        Key(
            .control, "max_connections", .count(to: Limits.clients), \.edge.maxControlConnections,
            default: .value("256"), "Connections that control.sock may have."),
    ]
}
