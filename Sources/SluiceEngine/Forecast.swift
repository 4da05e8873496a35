import SluiceModel

/// What can be foretold about a queue at one moment; computed once and asked for many ranks.
///
/// The queue is pictured as `places` servers. Those that run are free again after what remains
/// of their batch, the others at once. Batches ahead are dealt to the servers in the order in
/// which they become free, each taking the mean duration of what waits: the k-th batch starts
/// when server k mod places has done its earlier ones. Variances add along the way.
struct Forecast {
    /// Until each place is free, the soonest first, in seconds; never empty.
    let places: [Double]
    /// The mean duration of a waiting batch in seconds, and its variance.
    let batch: (seconds: Double, variance: Double)
    /// Batches that the waiting requests make, for each of them.
    let batchesPerRequest: Double

    /// Until a request with so many ahead starts.
    func start(rank: Int) -> (seconds: Double, variance: Double) {
        // The small addend keeps 4 · (1 / 4) from being a hair less than one batch.
        let ahead = Int(Double(rank) * batchesPerRequest + 1e-9)
        let rounds = Double(ahead / places.count)
        let first = places[ahead % places.count]
        // Of a running batch about half the uncertainty is left.
        let running = first > 0 ? batch.variance / 2 : 0
        return (first + rounds * batch.seconds, rounds * batch.variance + running)
    }

    /// Until the outcome of a request with so many ahead, whose own batch takes so long and is
    /// held for company until then at most.
    func end(
        rank: Int, own: (seconds: Double, variance: Double), heldFor delay: Double = 0
    ) -> Estimate {
        let start = start(rank: rank)
        let middle = max(start.seconds, delay) + own.seconds
        let deviation = (start.variance + own.variance).squareRoot()
        // 1.2816 standard deviations: nine tenths of a normal distribution.
        return Estimate(
            p50: Duration(estimatedSeconds: middle),
            p90: Duration(estimatedSeconds: middle + 1.2816 * deviation))
    }
}

extension Engine {
    /// Nil where nothing can be foretold: nothing may start, or nothing is known of how long.
    func forecast(of queue: Index<Queue>, at now: Instant) -> Forecast? {
        guard !isHeld(queue), let mix = waitingMix(of: queue) else { return nil }
        let usable = usableSlots(of: queue)
        let places =
            [queues[queue].rules.concurrencyLimit, settings.maxRunning]
            .compactMap(\.number).min().map { min($0, usable) } ?? usable
        guard places > 0 else { return nil }
        var remaining = queues[queue].grants.map { remainingSeconds(of: $0, mix.batch.0, at: now) }
        remaining.sort()
        // After a shrink more may run than there are places: those ending first free none.
        let excess = max(0, remaining.count - places)
        let free = max(0, places - remaining.count)
        return Forecast(
            places: Array(repeating: 0, count: free) + remaining.dropFirst(excess),
            batch: mix.batch, batchesPerRequest: mix.batchesPerRequest)
    }

    /// Seconds for which the head of the function's line may still be held for a fuller batch.
    func remainingDelay(of function: Index<Function>, at now: Instant) -> Double {
        let head = functions[function].line.first
        guard !head.isNone, functions[function].line.count < functions[function].batchSize else {
            return 0
        }
        let end = requests[head].enqueuedAt + functions[function].rules.maxBatchDelay
        return max(0, (end - now).inSeconds)
    }

    /// Until a new request of the function would start; nil where that cannot be foretold.
    func predictedWait(for function: Index<Function>, at now: Instant) -> Duration? {
        let queue = functions[function].queue
        guard !isHeld(function), let forecast = forecast(of: queue, at: now) else { return nil }
        let start = forecast.start(rank: queues[queue].waiting.count)
        return Duration(estimatedSeconds: start.seconds)
    }

    /// Until the next batch of the queue starts and so leaves room to wait.
    func timeUntilPlace(in queue: Index<Queue>, at now: Instant) -> Duration? {
        guard let forecast = forecast(of: queue, at: now) else { return nil }
        return Duration(estimatedSeconds: max(forecast.places.first ?? 0, 0.05))
    }

    /// The duration of a waiting batch, averaged over the functions by how much of each waits,
    /// and how many batches that makes.
    private func waitingMix(
        of queue: Index<Queue>
    ) -> (batch: (seconds: Double, variance: Double), batchesPerRequest: Double)? {
        var batches = 0.0
        var seconds = 0.0
        var variance = 0.0
        var requests = 0
        for function in queues[queue].functions {
            let waiting = max(functions[function].waiting, 0)
            guard waiting > 0 || queues[queue].waiting.count == 0 else { continue }
            let size = min(functions[function].batchSize, max(1, waiting))
            guard
                let one = functions[function].serviceTime.prediction(
                    count: size, prior: functions[function].rules.expectedDuration)
            else { continue }
            let share = Double(max(1, waiting)) / Double(size)
            batches += share
            seconds += share * one.seconds
            variance += share * one.variance
            requests += max(1, waiting)
        }
        guard batches > 0 else { return nil }
        return ((seconds / batches, variance / batches), batches / Double(requests))
    }

    /// What is left of a running batch. One that is overdue is not about to end because of that:
    /// a fifth of the usual time is the least that is expected.
    private func remainingSeconds(
        of index: Index<Grant>, _ fallback: Double, at now: Instant
    ) -> Double {
        let grant = grants[index]
        let function = functions[grant.function]
        let usual =
            function.serviceTime.prediction(
                count: grant.items.count, prior: function.rules.expectedDuration)?.seconds
            ?? fallback
        let elapsed = (now - (grant.startedAt ?? grant.grantedAt)).inSeconds
        return max(usual - elapsed, usual / 5)
    }

    /// Slots that the queue's functions could use, each worker counted once.
    private func usableSlots(of queue: Index<Queue>) -> Int {
        var counted: Set<Index<Worker>> = []
        var slots = 0
        for function in queues[queue].functions {
            for worker in functions[function].workers
            where workers[worker].isUsable && counted.insert(worker).inserted {
                slots += workers[worker].slots
            }
        }
        return slots
    }

    /// Whether nothing of the queue can start until somebody does something.
    func isHeld(_ queue: Index<Queue>) -> Bool {
        hold == .paused || queues[queue].hold == .paused
            || queues[queue].rules.concurrencyLimit == .at(0) || settings.maxRunning == .at(0)
    }

    /// Whether nothing of the function can start until somebody does something.
    func isHeld(_ function: Index<Function>) -> Bool {
        isHeld(functions[function].queue) || functions[function].hold == .paused
            || !functions[function].workers.contains { mayUse($0, for: function) }
    }
}
