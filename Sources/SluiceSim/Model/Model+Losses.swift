import SluiceEngine
import SluiceModel

extension Model {
    /// A worker is gone. What it had not begun goes back to its place; what it had begun is
    /// suspected, and charged only if it was the one thing begun in the process.
    mutating func lose(_ id: WorkerID) {
        guard let index = workerIndex(id) else { return }
        let lost = workers[index].grants
        for grant in lost { loseAwaited(of: grant) }
        let worker = workers.remove(at: index)
        for grant in lost { if let grant = grants[grant] { keepReserved(grant) } }
        loosen(worker)
        let unanswered = lost.reduce(0) { count, grant in
            count + (grants[grant]?.items.count { !$0.isAnswered } ?? 0)
        }
        goneWorkers[id] = .some(lost.isEmpty ? nil : unanswered)
        let begun = lost.reduce(0) { $0 + begunItems(of: $1) }
        countDeaths(lost)
        for grant in lost { lose(grant, begunInProcess: begun) }
    }

    private func begunItems(of id: GrantID) -> Int {
        grants[id]?.items.count { $0.isStarted && !$0.isAnswered } ?? 0
    }

    private mutating func lose(_ id: GrantID, begunInProcess: Int) {
        guard let grant = grants[id] else { return }
        let rules = rules(of: grant.function)
        let half = (begunItems(of: id) + 1) / 2
        close(id)
        for item in grant.items where !item.isAnswered && item.isLive {
            guard item.isStarted else {
                takeBack(item.request, company: nil, suspectOf: nil)
                noteGivenBack(item.request)
                continue
            }
            let mayRunAgain = mayRunAgain(item.request, rules)
            if begunInProcess == 1 { requests[item.request]?.charged += 1 }
            takeBack(item.request, company: half, suspectOf: id)
            let charged = requests[item.request]?.charged ?? 0
            // Where it was in company nothing is charged, also where fewer deaths are allowed now.
            let isUsedUp = begunInProcess == 1 && charged >= rules.maxAttempts
            if !mayRunAgain || isUsedUp {
                conclude(item.request, [.workerDied])
            } else {
                noteGivenBack(item.request)
            }
        }
    }

    private mutating func countDeaths(_ lost: [GrantID]) {
        var inHand: [Int] = []
        var begun: [Int] = []
        for id in lost {
            guard let grant = grants[id] else { continue }
            if !inHand.contains(grant.function) { inHand.append(grant.function) }
            guard begunItems(of: id) > 0, !begun.contains(grant.function) else { continue }
            begun.append(grant.function)
        }
        for function in inHand { functions[function].deathsAtMost += 1 }
        for function in begun { functions[function].deathsAtLeast += 1 }
        for function in inHand { pauseAfterDeaths(function) }
    }

    /// Pauses the function if the engine did, and notes whether it had to or must not.
    private mutating func pauseAfterDeaths(_ index: Int) {
        let function = functions[index]
        guard function.hold == .running else { return }
        let limit = rules(of: index).maxWorkerDeaths
        guard !limit.allows(oneMoreThan: function.deathsAtMost) else { return }
        if fates.pauses(function.name) {
            functions[index].hold = .paused
        } else if !limit.allows(oneMoreThan: function.deathsAtLeast) {
            wrongPauses.append(function.name)
        }
    }
}
