import SluiceModel

// What becomes of work that did not end well: its worker died, or its device's memory was full.

extension Engine {
    /// Sorts out everything a dead worker had in hand.
    ///
    /// What it had not begun goes back to its place. What it had begun is suspected of having
    /// killed it, and runs again in smaller company. Only a request that was alone in the
    /// process is charged with its death.
    mutating func loseWork(of worker: Index<Worker>, at now: Instant, into effects: inout Effects) {
        let lost = workers[worker].grants
        loseAwaited(of: worker, into: &effects)
        let begun = lost.reduce(0) { count, grant in
            count + grants[grant].items.count { $0.isStarted && !$0.isAnswered }
        }
        // The youngest first, so that whatever goes back finds its place at the head of the line.
        for grant in lost.reversed() {
            loseGrant(grant, wasAlone: begun == 1, at: now, into: &effects)
        }
        for function in Set(lost.map { grants[$0].function }).sorted(by: { $0.offset < $1.offset })
        {
            countDeath(for: function, into: &effects)
        }
        for grant in lost {
            keepReserved(grant)
            countRun(of: grant, at: now)
            release(grant, into: &effects)
        }
    }

    private mutating func loseGrant(
        _ grant: Index<Grant>, wasAlone: Bool, at now: Instant, into effects: inout Effects
    ) {
        var suspects: [Index<Request>] = []
        var unbegun: [Index<Request>] = []
        for item in grants[grant].items.indices {
            let index = grants[grant].items[item].request
            guard !index.isNone else { continue }
            if !grants[grant].items[item].isStarted {
                unbegun.append(index)
            } else if !mayRunAgain(index) || isUsedUp(index, wasAlone: wasAlone) {
                takeBack(index)
                conclude(index, .workerDied, at: now, into: &effects)
            } else {
                suspects.append(index)
            }
        }
        for index in suspects + unbegun { takeBack(index) }
        returnInHalves(suspects, into: &effects)
        if grants[grant].isAlone {
            // Suspects since an earlier death: that this process did not begin them clears nobody.
            returnAsRetry(unbegun, into: &effects)
        } else {
            for index in unbegun.reversed() { returnToLine(index, into: &effects) }
        }
    }

    /// Charges a request that was alone in a dead process; whether that was its last attempt.
    private mutating func isUsedUp(_ index: Index<Request>, wasAlone: Bool) -> Bool {
        guard wasAlone else { return false }
        if requests[index].charged < .max { requests[index].charged += 1 }
        return requests[index].charged
            >= functions[requests[index].function].rules.maxAttempts
    }

    func mayRunAgain(_ index: Index<Request>) -> Bool {
        let rules = functions[requests[index].function].rules
        return rules.retry == .crash && (!requests[index].hasSentChunk || rules.restartable)
    }

    /// Separates a request from a grant that is lost: the worker need not be told.
    private mutating func takeBack(_ index: Index<Request>) {
        let (grant, item) = (requests[index].grant, requests[index].item)
        grants[grant].items[item].request = .none
        grants[grant].live -= 1
        requests[index].grant = .none
    }

    private mutating func returnInHalves(
        _ suspects: [Index<Request>], into effects: inout Effects
    ) {
        let half = (suspects.count + 1) / 2
        returnAsRetry(Array(suspects.prefix(half)), into: &effects)
        returnAsRetry(Array(suspects.dropFirst(half)), into: &effects)
    }

    private mutating func countDeath(
        for function: Index<Function>, into effects: inout Effects
    ) {
        functions[function].deaths += 1
        functions[function].tally.deaths += 1
        let deaths = functions[function].deaths
        let limit = functions[function].rules.maxWorkerDeaths
        guard !limit.allows(oneMoreThan: deaths), functions[function].hold == .running else {
            return
        }
        functions[function].hold = .paused
        functions[function].pausedAfterDeaths = deaths
        statusChanged(in: functions[function].queue)
        effects.append(
            other: .notice(.functionPaused(function: functions[function].name, deaths: deaths)))
    }

    // MARK: Memory

    /// The batch comes back in halves, uncharged, and the function learns a lower ceiling.
    mutating func runOutOfMemory(
        _ id: GrantID, by worker: WorkerID, at now: Instant, into effects: inout Effects
    ) {
        guard let grant = openGrant(id, of: worker) else {
            return effects.append(.acknowledge(worker, id, item: nil))
        }
        if postponeOutOfMemory(of: grant) { return }
        let size = grants[grant].items.count
        let function = grants[grant].function
        let wasAlone = grants[grant].isAlone
        lowerCeiling(of: function, after: size, on: grants[grant].placement)
        var returned: [Index<Request>] = []
        for item in grants[grant].items.indices {
            let index = grants[grant].items[item].request
            guard !index.isNone else { continue }
            takeBack(index)
            if size > 1, !grants[grant].items[item].isStarted || mayRunAgain(index) {
                returned.append(index)
            } else {
                conclude(index, .outOfMemory, at: now, into: &effects)
            }
        }
        if wasAlone {
            returnInHalves(returned, into: &effects)
        } else {
            // The ceiling makes the halves: nothing larger is granted from the line now.
            for index in returned.reversed() { returnToLine(index, into: &effects) }
        }
        effects.append(.acknowledge(worker, id, item: nil))
        countRun(of: grant, at: now)
        release(grant, into: &effects)
    }

    private mutating func lowerCeiling(
        of function: Index<Function>, after size: Int, on placement: Placement
    ) {
        // Several batches may run out together: each says the same about its size, once.
        let most = max(1, size / 2)
        if placement.isEmpty {
            functions[function].ceiling = .lowered(functions[function].ceiling, to: most)
        }
        for device in placement.all {
            functions[function].deviceCeilings[device] = .lowered(
                functions[function].deviceCeilings[device], to: most)
        }
        noteLearned(of: function)
    }

    mutating func raiseCeiling(
        of function: Index<Function>, after size: Int, on placement: Placement
    ) {
        let largest = functions[function].rules.maxBatchSize
        if let ceiling = functions[function].ceiling {
            functions[function].ceiling = ceiling.raised(after: size, of: largest)
        }
        guard !functions[function].deviceCeilings.isEmpty else { return }
        for device in placement.all {
            guard let ceiling = functions[function].deviceCeilings[device] else { continue }
            functions[function].deviceCeilings[device] = ceiling.raised(after: size, of: largest)
        }
    }
}
