import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem

// The store's answers find their way: to the engine as events, to clients to whom something is
// read out, to calls on the control socket.

extension Daemon {
    /// Requests without an outcome are where they were before anybody can ask for another.
    mutating func restoreDetached() {
        guard archive.state == .open else { return tellState() }
        hasRecovered = true
        let now = WallTime.now()
        var last: RequestID?
        do throws(StoreRefusal) {
            while true {
                let page = try archive.recover(after: last)
                guard let end = page.last?.request.id else { break }
                for unfinished in page { try recover(unfinished, at: now) }
                last = end
            }
        } catch {
            report.say(.notRecovered(after: last, error))
        }
        restoreLearned()
        tellState()
    }

    private mutating func recover(
        _ unfinished: UnfinishedRequest, at now: WallTime
    ) throws(StoreRefusal) {
        let stored = unfinished.request
        let recovered = Recovered(
            request: stored.id, user: stored.origin.user, caller: stored.caller,
            function: stored.function,
            ask: try ask(stored, unfinished.payload), age: now.age(of: stored.enqueuedAt),
            attempt: stored.attempts, hasBegun: stored.state == .started, charged: stored.charged,
            hasSentChunk: stored.chunks > 0)
        edge.intake.events.append(.store(.recovered(recovered)))
    }

    /// A stored request as it was asked.
    private mutating func ask(
        _ stored: StoredRequest, _ payload: StoredPayload
    ) throws(StoreRefusal) -> Ask {
        let body: BodyID
        do throws(SystemError) {
            body = try edge.intake.bodies.keep(payload)
        } catch {
            throw .failed("\(error)")
        }
        var ask = Ask(number: stored.origin.number, body: body, bytes: stored.payloadBytes)
        ask.holdsFile = edge.intake.bodies.file(of: body) != nil
        ask.holdsBytes = !ask.holdsFile
        ask.queueTimeout = Span(stored.queueTimeout)
        ask.execTimeout = Span(stored.execTimeout)
        ask.deadline = Span(stored.deadline)
        ask.isDetached = true
        return ask
    }

    private mutating func tellState() {
        edge.intake.events.append(.store(.state(archive.state)))
    }

    mutating func perform(_ task: StoreTask) {
        guard case .fetch(let client, let number, let fetch, let user, let isLive) = task else {
            return archive.perform(task, edge.intake.bodies, as: edge.tickets.instance)
        }
        edge.read(fetch, to: client, as: number, by: user, isLive: isLive)
    }

    /// Takes what the store has said, and what is due of it.
    mutating func serveArchive(at now: Instant) {
        archive.serve(at: now)
        guard archive.hasAnswers else { return }
        // What it has answered made room.
        if archive.isReadable { edge.readings.resumePostponed() }
        for reply in archive.take() {
            switch reply {
            case .answer(let question, let outcome): take(outcome, to: question, at: now)
            case .event(let event):
                report.say(.of(event))
                control.tellMonitors(of: event)
                let before = archive.state
                archive.note(event)
                guard archive.state != before else { continue }
                // One that could not be opened at the start has requests that wait in it.
                if hasRecovered { tellState() } else { restoreDetached() }
            }
        }
    }

    private mutating func take(
        _ outcome: StoreOutcome, to question: Archive.Question, at now: Instant
    ) {
        switch question {
        case .acceptance(let id):
            edge.intake.events.append(.store(.stored(id, Acceptance(outcome))))
        case .search(let id):
            var known: RequestID?
            if case .request(let request) = outcome { known = request?.id }
            edge.intake.events.append(.store(.found(id, known)))
        case .settlement(let id, let hasAnswer):
            let settlement = Settlement(outcome)
            archive.note(outcome, hasAnswer: hasAnswer)
            switch settlement {
            case .kept, .known: archive.noteOutcome(at: now)
            case .refused where !engine.hasUnsettled:
                report.say(.outcomeNotStored(id, outcome), at: now)
            case .refused, .tooLarge: break
            }
            edge.intake.events.append(.store(.settled(id, settlement)))
        case .reading(let key, let serial): edge.take(outcome, for: key, serial: serial)
        case .call(let token): say(control.take(outcome, engine, for: token, at: now))
        case .examination(let id, let token): examine(outcome, of: id, for: token)
        case .payload(let request, let token): repeatRequest(request, outcome, for: token)
        case .expiry: archive.noteExpiry(outcome, at: now)
        case .recovery, .note: break
        }
    }

    /// Hands over what this turn wants of the store.
    mutating func askStore() {
        for (operation, question) in edge.readings.takeWanted() {
            archive.ask(operation, for: question)
        }
        for ask in control.takeStoreAsks() {
            switch ask {
            case .operation(let operation, let token): archive.ask(operation, for: .call(token))
            case .retry(let id, let token, _):
                archive.ask(.look(id), for: .examination(id, token: token))
            }
        }
        archive.flush()
    }
}

// MARK: Once more

extension Daemon {
    /// What did not complete is asked for anew, with what it was asked with then.
    private mutating func examine(_ outcome: StoreOutcome, of id: RequestID, for token: UInt64) {
        do throws(RetryRefusal) {
            guard case .request(let found) = outcome else { throw RetryRefusal(outcome) }
            guard let request = found else { throw .store(.unknownRequest) }
            guard request.conclusion != nil else { throw .store(.isUnfinished) }
            guard request.canBeRetried else { throw .store(.payloadGone) }
            archive.ask(
                .payload(id, upTo: max(1, request.payloadBytes)),
                for: .payload(request, token: token))
        } catch {
            say(control.take(retry: .failure(error), for: token))
        }
    }

    private mutating func repeatRequest(
        _ request: StoredRequest, _ outcome: StoreOutcome, for token: UInt64
    ) {
        do throws(RetryRefusal) {
            guard case .bytes(let payload) = outcome else { throw RetryRefusal(outcome) }
            let ask: Ask
            do throws(StoreRefusal) {
                ask = try self.ask(request, payload)
            } catch {
                throw .store(error)
            }
            let repetition = SluiceEngine.Repetition(
                of: request.id, user: request.origin.user, caller: request.caller,
                function: request.function, ask: ask)
            edge.intake.events.append(.repeated(repetition, token: token))
        } catch {
            say(control.take(retry: .failure(error), for: token))
        }
    }

    /// What the engine made of it.
    mutating func tell(_ result: Result<RequestID, RepetitionError>, for token: UInt64) {
        let result = result.mapError { error in
            switch error {
            case .refused(let code, let refusal):
                RetryRefusal.rejected(code, message: text(for: code, refusal))
            }
        }
        say(control.take(retry: result, for: token))
    }

    private mutating func say(_ record: LogRecord?) {
        if let record { report.say(record) }
    }
}

extension RetryRefusal {
    /// An answer that is none.
    fileprivate init(_ outcome: StoreOutcome) {
        guard case .refused(let refusal) = outcome else {
            preconditionFailure("a retry was answered with \(outcome)")
        }
        self = .store(refusal)
    }
}
