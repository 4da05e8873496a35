import SluiceEngine
import SluiceModel

// What workers say about what they have in hand, in time or too late.
extension World {
    /// A chunk, progress or a log line.
    mutating func say(worker index: Int, hand: Int, item: Int) {
        let kind: ReportKind
        switch random.int(0...2) {
        case 0:
            kind = .chunk(sequence: workers[index].hand[hand].items[item].chunks)
            workers[index].hand[hand].items[item].chunks += 1
        case 1: kind = .progress
        default: kind = .log
        }
        let grant = workers[index].hand[hand].grant
        workers[index].line.send(
            .reported(workers[index].id, grant, item: item, kind, nextBody()),
            arrivingAt: arrival())
    }

    mutating func answer(worker index: Int, hand: Int, item: Int) {
        let current = workers[index].hand[hand].items[item]
        var answer = Answer.completed
        if random.chance(profile.rates.failsItem) { answer = .failed }
        // A revoked item may have been finished before the worker heard of it.
        if current.isRevoked, random.chance(800) { answer = .cancelled }
        let id = workers[index].id
        let grant = workers[index].hand[hand].grant
        send(answer, worker: index, grant, item: item)
        if random.chance(profile.rates.duplicateAnswer) {
            send(answer, worker: index, grant, item: item)
        }
        if random.chance(profile.rates.staleAnswer) {
            workers[index].line.send(
                .reported(id, grant, item: item, .progress, nextBody()), arrivingAt: arrival())
        }
        workers[index].hand[hand].items[item].step = .answered
        workers[index].hand[hand].items[item].answer = answer
        if workers[index].hand[hand].isAnswered {
            workers[index].putAway(hand)
            tidyUp(worker: index)
            leaveIfDone(index)
        }
    }

    private mutating func send(_ answer: Answer, worker: Int, _ grant: GrantID, item: Int) {
        workers[worker].line.send(
            .answered(workers[worker].id, grant, item: item, answer, nextBody()),
            arrivingAt: arrival())
    }

    /// An answer that nobody waits for: of a grant long over, of one that never was, of an item
    /// the grant does not have, or of another worker's grant.
    mutating func answerStale(_ index: Int) {
        let id = workers[index].id
        switch random.int(0...3) {
        case 0:
            guard let old = random.pick(workers[index].past) else { return }
            let item = random.int(0...(old.count - 1))
            send(.completed, worker: index, old.grant, item: item)
            workers[index].line.send(
                .started(id, old.grant, item: item), arrivingAt: arrival())
        case 1:
            send(.failed, worker: index, GrantID(rawValue: 1_000_000), item: 0)
        case 2:
            guard let current = random.pick(workers[index].hand) else { return }
            send(.completed, worker: index, current.grant, item: current.count)
        default:
            guard let other = random.pick(workers), other.id != id,
                let current = random.pick(other.hand)
            else { return }
            send(.completed, worker: index, current.grant, item: 0)
            workers[index].line.send(.ranOutOfMemory(id, current.grant), arrivingAt: arrival())
        }
    }

    /// The daemon wants one item stopped, or all of them.
    mutating func revoke(worker index: Int, _ grant: GrantID, _ item: Int?) {
        guard let hand = workers[index].handIndex(of: grant) else { return }
        for position in workers[index].hand[hand].items.indices
        where item == nil || item == position {
            workers[index].hand[hand].items[position].isRevoked = true
            guard !isSettling, random.chance(profile.rates.hangs) else { continue }
            // Some come to their senses after a while, some are killed, some hang for good.
            let recovers = random.chance(500)
            workers[index].hand[hand].items[position].stubbornUntil =
                recovers ? soon(60) : .distantFuture
            if !recovers, random.chance(600) {
                agenda.add(.workerDies(Int(workers[index].id.rawValue)), at: soon(60))
            }
        }
    }
}
