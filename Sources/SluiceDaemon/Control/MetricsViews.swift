import SluiceEngine
import SluiceModel
import SluiceWire

extension Control.GetMetrics.Reply {
    /// What is counted for all functions together.
    init(_ turnover: TurnoverView) {
        self.init(
            durationBounds: TallyView.durationBounds, sizeBounds: TallyView.sizeBounds)
        refusals = turnover.refusals.byName
        workersAttached = turnover.workersAttached
        workersLost = turnover.workersLost
        workersHung = turnover.workersHung
    }
}

extension Control.FunctionMetrics {
    init(_ view: TallyView) {
        self.init(function: view.function, concurrencyID: view.queue)
        waits = Control.Distribution(view.waits)
        runs = Control.Distribution(view.runs)
        batchSizes = Control.Distribution(view.batchSizes)
        outcomes = view.outcomes.byName
        workerDeaths = view.workerDeaths
    }
}

extension Control.Distribution {
    fileprivate init(_ view: DistributionView) { self.init(counts: view.counts, sum: view.sum) }
}

extension [Code: Int] {
    fileprivate var byName: [String: Int] {
        reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
    }
}
