import Glibc
import SluiceModel
import SluiceSystem

/// One broker in one setting.
struct Measurement<Wire: ClientWire & ~Copyable> {
    let setting: Setting
    let broker: Broker
    let bench: Bench
    let load: Load

    init(_ setting: Setting, _ broker: Broker, _ bench: Bench) {
        self.setting = setting
        self.broker = broker
        self.bench = bench
        load = setting.load(for: broker.kind)
    }

    func sample() throws(BenchError) -> Sample {
        switch setting.kind {
        case .loop: return try loop()
        case .park(let count, let times): return try park(count, times: times)
        case .idle: return idle()
        }
    }

    private func startWorker() throws(BenchError) {
        try broker.startWorker { path in
            var job = EchoJob(path: path)
            job.connections = setting.workers
            job.functions = load.functions
            job.batch = setting.batch
            job.slots = setting.slots
            job.passing = load.passing
            job.isReading = setting.isReading
            return job
        }
    }

    private func loop() throws(BenchError) -> Sample {
        try startWorker()
        var gauges = LoadGauges(broker: broker.gauge, worker: broker.workerGauge)
        let generator = try Generator<Wire>(load, path: broker.clientPath)
        let warmUp = Duration.nanoseconds(bench.span.nanoseconds / 5)
        let result = try generator.run(warmUp: warmUp, measure: bench.span) { edge in
            gauges.note(edge)
        }
        var sample = gauges.sample(of: result)
        if bench.countsSyscalls { sample[.syscalls] = try syscalls() }
        return sample
    }

    /// In a pass of its own, with a new generator, so that nothing else of the run is touched.
    private func syscalls() throws(BenchError) -> Double? {
        let generator = try Generator<Wire>(load, path: broker.clientPath)
        try generator.awaitPongs()
        guard let counter = SyscallCounter(of: broker.process.id, in: broker.directory) else {
            return nil
        }
        _ = try generator.run(warmUp: .zero, measure: .milliseconds(500)) { _ in }
        // With those that were answered while it drained.
        let requests = generator.result.latencies.count
        guard let calls = counter.finish(), requests > 0 else { return nil }
        return Double(calls) / Double(requests)
    }

    private func park(_ count: Int, times: Int) throws(BenchError) -> Sample {
        try startWorker()
        let gauge = broker.gauge
        let empty = gauge.residentBytes
        let generator = try Generator<Wire>(load, path: broker.clientPath)
        try generator.awaitPongs()
        let connected = gauge.residentBytes
        var sample = Sample()
        let connections = Double(load.connections)
        sample[.connectionBytes] = Double(connected - empty) / connections
        var enqueue: Int64 = 0
        var dequeue: Int64 = 0
        for time in 0..<times {
            broker.holdWorker()
            let start = gauge.work
            try generator.park(count)
            let parked = gauge.work
            if time == 0 {
                sample[.requestBytes] = Double(gauge.residentBytes - connected) / Double(count)
                sample[.residentBytes] = Double(gauge.residentBytes)
                sample[.waitingConnectionBytes] =
                    Double(gauge.residentBytes - empty) / connections
            }
            if load.wantsStatus { try watch(generator, into: &sample) }
            let released = gauge.work
            broker.releaseWorker()
            try generator.drain()
            enqueue += (parked - start).nanoseconds
            dequeue += (gauge.work - released).nanoseconds
        }
        let requests = Double(count * times)
        sample[.enqueueCPU] = Double(enqueue) / 1e3 / requests
        sample[.dequeueCPU] = Double(dequeue) / 1e3 / requests
        if load.wantsStatus { sample[.statuses] = Double(generator.result.statuses) / requests }
        return sample
    }

    /// Lets a few through now and then, so that all others have another rank, and listens to what
    /// they are told.
    private func watch(
        _ generator: Generator<Wire>, into sample: inout Sample
    ) throws(BenchError) {
        let start = broker.gauge.work
        let begin = Loop.now()
        let before = generator.result.statuses
        let end = begin + bench.span
        while Loop.now() < end {
            let open = generator.ledger.open
            broker.releaseWorker()
            while generator.ledger.open == open, Loop.now() < end {
                try generator.pass(until: end)
            }
            broker.holdWorker()
            let pause = min(end, Loop.now() + .milliseconds(50))
            while Loop.now() < pause { try generator.pass(until: pause) }
        }
        let statuses = Double(generator.result.statuses - before)
        sample[.statusRate] = statuses / (Loop.now() - begin).inSeconds
        let nanoseconds = Double((broker.gauge.work - start).nanoseconds)
        if statuses > 0 { sample[.statusCPU] = nanoseconds / 1e3 / statuses }
    }

    private func idle() -> Sample {
        // What it does after it started is no idling.
        usleep(200_000)
        let start = broker.gauge.work
        sleep(10)
        return Sample([
            .wakeups: Double((broker.gauge.work - start).runs),
            .residentBytes: Double(broker.gauge.residentBytes),
        ])
    }
}
