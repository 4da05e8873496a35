import SluiceWire

/// A machine with something of everything, as the views get to see it.
enum Machine {
    static var daemon: Control.Daemon {
        var daemon = Control.Daemon(version: "0.1.0", instance: "5f0c", pid: 812)
        daemon.startedAt = 1_795_000_000
        daemon.uptimeSeconds = 11_532
        daemon.queues = 3
        daemon.waiting = 14
        daemon.running = 4
        daemon.maxRunning = 40
        daemon.maxSize = 1000
        daemon.defaultConcurrencyLimit = 1
        daemon.bytes = 4_299_161
        daemon.maxBytes = 1 << 30
        daemon.origins = ["max_running": .default, "max_size": .configuration]
        daemon.clients = 4
        daemon.workers = 3
        daemon.workersHung = 1
        daemon.outcomes.completed = 1204
        daemon.outcomes.failed = 3
        daemon.outcomes.rejected = 2
        var store = Control.Store(maxStoredBytes: 1 << 30)
        (store.requests, store.bytes) = (812, 671_088_640)
        daemon.store = store
        return daemon
    }

    static var queues: [Control.Queue] {
        var shared = Control.Queue(concurrencyID: "gpu_queue")
        shared.concurrencyLimit = 2
        shared.maxSize = 12
        shared.origins = ["concurrency_limit": .override, "max_size": .configuration]
        shared.waiting = 12
        shared.running = 3
        shared.overBy = 1
        shared.oldestWaitingSeconds = 4.13
        shared.admittedPerSecond = 8.37
        shared.startedPerSecond = 7.9
        shared.waitP50Seconds = 0.166
        shared.waitP99Seconds = 4.2
        shared.functions = ["caption", "sdxl"]
        shared.warning = "caption declares concurrency_limit 4 and sdxl 2; the lowest holds"

        var held = Control.Queue(concurrencyID: "embed")
        held.origins = ["concurrency_limit": .declaration]
        held.waiting = 2
        held.running = 1
        held.hold = .paused
        held.reason = "10 workers died with embed"
        held.oldestWaitingSeconds = 312
        held.functions = ["embed"]

        var idle = Control.Queue(concurrencyID: "whisper")
        idle.concurrencyLimit = 1
        idle.functions = ["whisper"]
        return [shared, held, idle]
    }

    static var functions: [Control.Function] {
        var caption = Control.Function(function: "caption", concurrencyID: "gpu_queue")
        caption.batch = true
        caption.maxBatchSize = 8
        caption.learnedBatchSize = 4
        caption.maxBatchDelay = 0.05
        caption.waiting = 9
        caption.running = 2
        caption.workers = 2
        caption.serviceTime = .init(perBatchSeconds: 0.31, perRequestSeconds: 0.12, samples: 50)
        var sdxl = Control.Function(function: "sdxl", concurrencyID: "gpu_queue")
        sdxl.waiting = 3
        sdxl.running = 1
        sdxl.expectedDuration = 8
        sdxl.hold = .draining
        return [caption, sdxl]
    }

    static var workers: [Control.Worker] {
        var busy = Control.Worker(id: 1, name: "caption-worker", pid: 4101)
        (busy.slots, busy.busy, busy.state) = (2, 2, .busy)
        (busy.functions, busy.attachedSeconds) = (["caption"], 9000)
        var hung = Control.Worker(id: 2, name: "sdxl-worker", pid: 4102)
        (hung.slots, hung.busy, hung.state) = (1, 1, .hung)
        (hung.functions, hung.attachedSeconds) = (["sdxl", "sdxl-refine"], 8999)
        var idle = Control.Worker(id: 7, name: "whisper\u{1B}[31m", pid: 5120)
        (idle.slots, idle.functions, idle.attachedSeconds) = (40, ["whisper"], 12.25)
        idle.hold = .paused
        return [busy, hung, idle]
    }

    static var requests: [Control.Request] {
        var running = Control.Request(id: 811, function: "sdxl", concurrencyID: "gpu_queue")
        running.state = .running
        (running.waitingSeconds, running.runningSeconds, running.attempts) = (0.002, 6.4, 1)
        (running.worker, running.client, running.user, running.bytes) = (2, 3, 1000, 18)
        running.eta = .init(p50Seconds: 1.7, p90Seconds: 2.5)
        var waiting = Control.Request(id: 812, function: "caption", concurrencyID: "gpu_queue")
        (waiting.rank, waiting.waitingSeconds, waiting.client) = (3, 4.13, 3)
        (waiting.user, waiting.bytes) = (1000, 2_097_152)
        waiting.eta = .init(p50Seconds: 2.1, p90Seconds: 3.9)
        return [running, waiting]
    }

    /// One whose outcome the store does not take.
    static var settling: Control.Request {
        var settling = Control.Request(id: 810, function: "sdxl", concurrencyID: "gpu_queue")
        settling.state = .settling
        (settling.waitingSeconds, settling.settlingSeconds, settling.attempts) = (0.4, 312, 1)
        (settling.user, settling.bytes, settling.detached) = (1000, 18, true)
        return settling
    }

    /// By the clock of the moments of `stored`.
    static let now = 1_795_000_000.0

    static var stored: [Control.Detached] {
        func request(_ id: UInt64, _ function: String, age: Double) -> Control.Detached {
            Control.Detached(id: id, function: function, user: 1000, enqueuedAt: now - age)
        }
        var done = request(700, "caption", age: 40_000)
        (done.state, done.finishedAt, done.code, done.message) = (.finished, now - 39_988, "ok", "")
        (done.attempts, done.bytes, done.resultBytes, done.chunks) = (1, 4096, 2_097_152, 3)
        var failed = request(701, "sdxl", age: 7300)
        (failed.state, failed.finishedAt, failed.code) = (.finished, now - 7200, "function_error")
        failed.message = "Traceback:\n\tKeyError: 'seed'\u{1B}[2J"
        (failed.attempts, failed.bytes) = (2, 18)
        (failed.caller, failed.retryOf) = ("alice@example.org", 650)
        var running = request(811, "sdxl", age: 6.4)
        (running.state, running.attempts, running.bytes) = (.running, 1, 18)
        var waiting = request(812, "caption", age: 4.13)
        (waiting.user, waiting.bytes) = (0, 2_097_152)
        var settling = request(810, "sdxl", age: 330)
        (settling.state, settling.settlingSeconds) = (.settling, 312)
        (settling.attempts, settling.bytes) = (1, 18)
        return [done, failed, settling, running, waiting]
    }

    static var explanation: Control.Explain.Reply {
        .init(
            request: requests[1], blocker: .concurrencyLimit,
            message: "gpu_queue runs 3 batches and its concurrency_limit is 2",
            help: "sluicectl set gpu_queue concurrency_limit=4")
    }

    static var events: [Control.Event] {
        let said: [(Control.EventKind, String)] = [
            (.monitoring, "monitoring from now on"),
            (.workerAttached, "worker 7 (whisper, pid 5120) attached"),
            (.workerLost, "worker 2 (sdxl-worker) is gone with 1 request unanswered"),
            (.changed, "queue gpu_queue: concurrency_limit 1 → 2, by uid 0"),
        ]
        return said.enumerated().map { index, event in
            Control.Event(
                kind: event.0, happenedAt: 1_795_035_849.25 + Double(index) * 61,
                message: event.1)
        }
    }
}
