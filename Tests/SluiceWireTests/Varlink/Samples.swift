import SluiceWire

/// One of each report, with a value in every field.
enum Samples {
    static var daemon: Control.Daemon {
        var daemon = Control.Daemon(version: "0.1.0", instance: "i", pid: 1)
        daemon.maxRunning = 40
        daemon.maxSize = 1000
        daemon.defaultConcurrencyLimit = 1
        daemon.origins = ["max_running": .default]
        daemon.store = store
        return daemon
    }

    static var store: Control.Store {
        var store = Control.Store(maxStoredBytes: 1 << 30)
        store.state = .failed
        store.reason = "r"
        store.requests = 3
        store.bytes = 8192
        return store
    }

    static var queue: Control.Queue {
        var queue = Control.Queue(concurrencyID: "gpu")
        queue.concurrencyLimit = 2
        queue.maxSize = 10
        queue.maxWait = 1.5
        queue.selection = .named
        (queue.devices, queue.missingDevices) = (["d"], ["e"])
        queue.perDeviceLimit = 1
        queue.origins = ["concurrency_limit": .override]
        queue.reason = "r"
        queue.oldestWaitingSeconds = 0.5
        queue.functions = ["f"]
        queue.warning = "w"
        return queue
    }

    static var function: Control.Function {
        var function = Control.Function(function: "f", concurrencyID: "gpu")
        function.learnedBatchSize = 2
        function.queueTimeout = 1
        function.execTimeout = 2
        function.expectedDuration = 0.25
        function.reason = "r"
        (function.memory, function.memoryPerItem) = (1 << 30, 1 << 20)
        function.serviceTime = .init(perBatchSeconds: 0.5, perRequestSeconds: 0.25, samples: 3)
        return function
    }

    static var metrics: Control.GetMetrics.Reply {
        var metrics = Control.GetMetrics.Reply(durationBounds: [0.5], sizeBounds: [1])
        metrics.refusals = ["queue_full": 1]
        var function = Control.FunctionMetrics(function: "f", concurrencyID: "gpu")
        function.waits = Control.Distribution(counts: [1, 0], sum: 0.25)
        function.outcomes = ["ok": 2]
        metrics.functions = [function]
        metrics.next = "f"
        return metrics
    }

    static var worker: Control.Worker {
        var worker = Control.Worker(id: 1, name: "w", pid: 2)
        worker.functions = ["f"]
        worker.devices = ["d"]
        return worker
    }

    static var device: Control.Device {
        var device = Control.Device(device: "d", kind: .nvidia)
        (device.model, device.identity, device.paths) = ("m", "GPU-1", ["/dev/nvidia0"])
        device.state = .cordoned
        device.cordons = [
            .init(kind: .operator, reason: "r", sinceSeconds: 1.5, endsInSeconds: 2.5)
        ]
        device.sampleAgeSeconds = 0.5
        (device.memoryTotalBytes, device.memoryUsedBytes, device.memoryFreeBytes) = (3, 2, -1)
        (device.utilisation, device.temperature, device.maxTemperature) = (50, 60, 90)
        (device.powerWatts, device.uncordonAfter) = (71.5, 60.5)
        device.queues = ["gpu"]
        var holder = Control.DeviceHolder(worker: 1, name: "w", pid: 2)
        holder.seenBytes = 4
        device.holders = [holder]
        device.strangers = [.init(pid: 3, name: "x", bytes: 5)]
        device.promisedTo = "f"
        return device
    }

    static var request: Control.Request {
        var request = Control.Request(id: 1, function: "f", concurrencyID: "gpu")
        request.rank = 0
        request.runningSeconds = 1.5
        request.settlingSeconds = 2.5
        request.eta = .init(p50Seconds: 1, p90Seconds: 2)
        request.worker = 1
        request.client = 1
        request.user = 1000
        request.caller = "ada"
        return request
    }

    static var detached: Control.Detached {
        var request = Control.Detached(id: 1, function: "f", user: 1000, enqueuedAt: 1.5)
        request.caller = "c"
        request.state = .finished
        request.settlingSeconds = 1.5
        request.finishedAt = 2.5
        request.code = "function_error"
        request.message = "m"
        request.resultBytes = 0
        request.retryOf = 3
        return request
    }

    static var event: Control.Event {
        var event = Control.Event(kind: .changed, happenedAt: 1.5, message: "m")
        event.request = 1
        event.function = "f"
        event.concurrencyID = "gpu"
        event.worker = 1
        event.device = "d"
        event.target = .queue("gpu")
        event.attempt = 1
        event.code = "ok"
        event.count = 1
        event.hold = .paused
        event.change = Control.Change(key: "k", old: nil, new: 2, origin: .override)
        event.cause = .command
        event.user = 1000
        return event
    }

    static let errors: [ControlError] = [
        .unknownQueue("a", nearest: "b"), .unknownFunction("a", nearest: "b"), .unknownWorker(1),
        .unknownDevice("a", nearest: "b"), .deviceLost("a"), .unknownRequest(1),
        .notRetryable(1, reason: "r"), .notFinished(1),
        .storeFailed(reason: "r"), .storeFull, .notAKey("k", of: .queue("q"), keys: ["max_size"]),
        .valueOutOfRange(key: "k", value: "v", allowed: "a"), .inUse(function: "f"),
        .notKept(reason: "r"),
        .configurationInvalid([.init(file: "f", line: 1, key: "k", message: "m")]),
        .permissionDenied(group: "g"), .tooMany("monitors", limit: 1),
        .unitFailed("u", reason: "r"),
    ]
}
