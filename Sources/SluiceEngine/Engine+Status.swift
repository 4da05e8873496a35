import SluiceModel

// Rank and ETA for those who ask: when admitted, and as they change. A change marks the queue's
// watch list as stale; a round through the list follows, at most two a second for each queue and
// so for each request, in portions that keep to the daemon's budget.

private let portionInterval = Duration.milliseconds(50)
private let roundInterval = Duration.milliseconds(500)
/// Requests looked at for each message that may be sent: most that are looked at have no news.
private let looksPerMessage = 4

extension Engine {
    // MARK: Who watches

    mutating func watch(
        _ number: RequestNumber, of client: ClientID, _ isWanted: Bool
    ) {
        guard let index = request(number, of: client) ?? listened(number, of: client) else {
            return watch(storing: number, of: client, isWanted)
        }
        watch(index, isWanted)
    }

    mutating func watch(_ index: Index<Request>, _ isWanted: Bool) {
        let watch = requests[index].watch
        if !isWanted {
            stopWatching(index)
            if !watch.isNone { watches[watch].isWanted = false }
        } else if watch.isNone {
            let watch = watches.insert(Watch(of: index))
            requests[index].watch = watch
            beginAgain(watch)
        } else if !watches[watch].isWanted {
            watches[watch].isWanted = true
            watches[watch].sent = nil
            beginAgain(watch)
        } else if requests[index].isDetached {
            tellAgain(index)
        }
    }

    /// What is on its way into the store, or looked up there, has no watch yet.
    private mutating func watch(
        storing number: RequestNumber, of client: ClientID, _ isWanted: Bool
    ) {
        guard let asker = clientsByID[client], let id = clients[asker].listening[number] else {
            return
        }
        detached.storing[id]?.ask.wantsStatus = isWanted
        detached.doubts[id]?.wantsStatus = isWanted
    }

    /// One more listens to what is watched, and was not told what the others were.
    mutating func tellAgain(_ index: Index<Request>) {
        guard let watch = activeWatch(of: index) else { return }
        // Also where it runs: should it wait again, it is news to this one.
        watches[watch].sent = nil
        guard requests[index].isWaiting else { return }
        watchers.append(Arrival(index: index, id: requests[index].id))
    }

    /// One that is not told yet that it is in begins when it is; one that runs, when it is back.
    private mutating func beginAgain(_ watch: Index<Watch>) {
        let index = watches[watch].request
        guard requests[index].isAnnounced, requests[index].isWaiting else { return }
        queues[functions[requests[index].function].queue].watched.append(watch, in: &watches)
        watchers.append(Arrival(index: index, id: requests[index].id))
    }

    /// The watch of a request whose client wants to know at present.
    func activeWatch(of index: Index<Request>) -> Index<Watch>? {
        let watch = requests[index].watch
        return watch.isNone || !watches[watch].isWanted ? nil : watch
    }

    /// The first status of a request that waits; one that went at once needs none.
    mutating func beginWatching(
        _ index: Index<Request>, at now: Instant, into effects: inout Effects
    ) {
        guard let watch = activeWatch(of: index), requests[index].isWaiting,
            requests[index].isAnnounced
        else { return }
        let queue = functions[requests[index].function].queue
        queues[queue].watched.append(watch, in: &watches)
        let forecast = forecast(of: queue, at: now)
        send(status(of: index, forecast, at: now), of: index, at: now, into: &effects)
    }

    /// Tells those who began to watch in this turn, now that it is decided who still waits and
    /// where. Who asks again and again is told no more often for that.
    mutating func tellWatchers(at now: Instant, into effects: inout Effects) {
        for watcher in watchers where isWaiting(watcher) {
            let index = watcher.index
            guard let watch = activeWatch(of: index), watches[watch].sent == nil else { continue }
            let queue = functions[requests[index].function].queue
            if watches[watch].sentAt + roundInterval <= now {
                send(
                    status(of: index, forecast(of: queue, at: now), at: now), of: index, at: now,
                    into: &effects)
            } else {
                statusChanged(in: queue)
            }
        }
        watchers.removeAll(keepingCapacity: true)
    }

    /// A request that was watched waits again.
    mutating func rewatch(_ index: Index<Request>) {
        guard let watch = activeWatch(of: index) else { return }
        queues[functions[requests[index].function].queue].watched.append(watch, in: &watches)
    }

    mutating func stopWatching(_ index: Index<Request>) {
        // A newcomer is entered when it was told that it is in, not before.
        guard let watch = activeWatch(of: index), requests[index].isAnnounced,
            requests[index].isWaiting
        else { return }
        queues[functions[requests[index].function].queue].watched.remove(watch, in: &watches)
    }

    // MARK: Rounds

    /// Something happened that moves ranks or times of the queue.
    mutating func statusChanged(in queue: Index<Queue>) {
        queues[queue].watched.isStale = true
        scheduleNews(of: queue)
    }

    mutating func scheduleNews(of queue: Index<Queue>) {
        guard queues[queue].watched.count > 0, !queues[queue].watched.isScheduled else { return }
        queues[queue].watched.isScheduled = true
        news.append(queue)
        hasFreshNews = true
    }

    mutating func sendStatus(at now: Instant, into effects: inout Effects) {
        guard !news.isEmpty, hasFreshNews || statusAt == .distantFuture else { return }
        hasFreshNews = false
        if now >= nextPortionAt {
            sendPortion(at: now, into: &effects)
            // A budget too small to be shared by twenty portions is met by fewer of them.
            let budget = Int64(max(1, settings.statusBudget))
            let interval = Duration.nanoseconds((1_000_000_000 + budget - 1) / budget)
            nextPortionAt = now + max(portionInterval, interval)
        }
        armStatus()
    }

    private mutating func sendPortion(at now: Instant, into effects: inout Effects) {
        // Twenty portions a second share the budget.
        var messages = max(1, settings.statusBudget / 20)
        var looks = messages * looksPerMessage
        var remaining: [Index<Queue>] = []
        for queue in news {
            continueRound(
                of: queue, messages: &messages, looks: &looks, at: now, into: &effects)
            if queues[queue].watched.hasNews {
                remaining.append(queue)
            } else {
                queues[queue].watched.isScheduled = false
                collect(queue)  // its last function may have left it meanwhile
            }
        }
        // The queue that was cut short is served first the next time.
        news = remaining
    }

    private mutating func continueRound(
        of queue: Index<Queue>, messages: inout Int, looks: inout Int, at now: Instant,
        into effects: inout Effects
    ) {
        if queues[queue].watched.cursor.isNone {
            guard queues[queue].watched.isStale, queues[queue].watched.nextRoundAt <= now else {
                return
            }
            queues[queue].watched.beginRound(next: now + roundInterval)
        }
        guard messages > 0, looks > 0 else { return }
        let forecast = forecast(of: queue, at: now)
        while messages > 0, looks > 0, let watch = queues[queue].watched.advance(in: watches) {
            looks -= 1
            let index = watches[watch].request
            let status = status(of: index, forecast, at: now)
            guard isNews(status, to: watch, at: now) else { continue }
            guard watches[watch].sentAt + roundInterval <= now else {
                queues[queue].watched.isStale = true
                continue
            }
            send(status, of: index, at: now, into: &effects)
            messages -= 1
        }
    }

    private mutating func armStatus() {
        var moment = Instant.distantFuture
        for queue in news {
            let list = queues[queue].watched
            let next = list.cursor.isNone ? max(list.nextRoundAt, nextPortionAt) : nextPortionAt
            moment = min(moment, next)
        }
        guard moment != statusAt else { return }
        deadlines.disarm(armedFor: statusAt)
        statusAt = moment
        deadlines.arm(.status, at: moment)
    }

    // MARK: One status

    private mutating func send(
        _ status: Status, of index: Index<Request>, at now: Instant, into effects: inout Effects
    ) {
        let watch = requests[index].watch
        watches[watch].sent = status
        watches[watch].sentAt = now
        tell(index, into: &effects) { .status($0, $1, status) }
    }

    func status(
        of index: Index<Request>, _ forecast: Forecast?, at now: Instant
    ) -> Status {
        // Rows are looked at where they are: this runs once for each request that is watched.
        let function = requests[index].function
        let queue = functions[function].queue
        let rank = queues[queue].waiting.rank(of: requests[index].id)
        let isHeld = isHeld(function)
        let own = functions[function].serviceTime.prediction(
            count: min(functions[function].batchSize, max(1, functions[function].waiting)),
            prior: functions[function].rules.expectedDuration)
        let delay = remainingDelay(of: function, at: now)
        let eta = own.flatMap { own in
            isHeld ? nil : forecast?.end(rank: rank, own: own, heldFor: delay)
        }
        return Status(
            rank: rank, waiting: queues[queue].waiting.count, eta: eta, held: isHeld)
    }

    /// Whether the client would want to hear it: another rank, or an end that moved by more than
    /// a tenth of what is left. That time passes it knows itself.
    private func isNews(_ status: Status, to watch: Index<Watch>, at now: Instant) -> Bool {
        guard let sent = watches[watch].sent else { return true }
        guard sent.rank == status.rank, sent.held == status.held else { return true }
        guard let old = sent.eta, let new = status.eta else {
            return (sent.eta == nil) != (status.eta == nil)
        }
        let moved = (watches[watch].sentAt + old.p50) - (now + new.p50)
        return abs(moved.inSeconds) > max(0.25, new.p50.inSeconds / 10)
    }
}
