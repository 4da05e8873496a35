import Glibc

/// What a load cost those who took part, and what else the machine did meanwhile.
struct LoadGauges {
    private struct Reading {
        var broker = ProcessGauge.Work()
        var worker = ProcessGauge.Work()
        var own = ProcessGauge.Work()
        var machine = 0.0
    }

    let broker: ProcessGauge?
    let worker: ProcessGauge?
    private var start = Reading()
    private var end = Reading()

    init(broker: ProcessGauge?, worker: ProcessGauge?) {
        self.broker = broker
        self.worker = worker
    }

    mutating func note(_ edge: Edge) {
        let reading = Reading(
            broker: broker?.work ?? .init(), worker: worker?.work ?? .init(),
            own: ProcessGauge.own.work, machine: Machine.busySeconds)
        switch edge {
        case .begin: start = reading
        case .end: end = reading
        }
    }

    func sample(of result: LoadResult) -> Sample {
        let requests = max(1, Double(result.latencies.count))
        let spent = [end.broker - start.broker, end.worker - start.worker, end.own - start.own]
            .map { Double($0.nanoseconds) }
        var sample = Sample([
            .rate: result.rate,
            .p50: result.latencies.microseconds(atPercentile: 50),
            .p99: result.latencies.microseconds(atPercentile: 99),
            .p999: result.latencies.microseconds(atPercentile: 99.9),
            .longest: result.latencies.longestMicroseconds,
            .generatorCPU: spent[2] / 1e3 / requests,
        ])
        if let p50 = sample[.p50], let p99 = sample[.p99], p50 > 0 { sample[.tail] = p99 / p50 }
        if let broker {
            sample[.cpu] = spent[0] / 1e3 / requests
            sample[.residentBytes] = Double(broker.residentBytes)
        }
        if worker != nil { sample[.workerCPU] = spent[1] / 1e3 / requests }
        let others = end.machine - start.machine - spent.reduce(0, +) / 1e9
        sample[.otherCPUs] = max(0, others) / max(result.elapsed.inSeconds, 1e-9)
        return sample
    }
}
