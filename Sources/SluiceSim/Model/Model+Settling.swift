import SluiceEngine
import SluiceModel

// How detached requests end: their outcome is stored before it is told.

extension Model {
    mutating func beginSettling(
        _ request: Request, _ codes: [Code], _ answer: BodyID?, _ source: AnswerSource?
    ) {
        detached.settling[request.id] = Detachment.Settling(
            account: request.account, listeners: request.listeners, codes: codes, answer: answer,
            source: source, given: request.given, hasSentChunk: request.hasSentChunk)
        duties.append(.errand(request.id, .finish))
    }

    mutating func settle(_ id: RequestID, _ settlement: Settlement) {
        guard let settling = detached.settling[id] else { return }
        switch settlement {
        case .kept, .known:
            detached.settling[id] = nil
            for key in settling.listeners { detached.listening[key] = nil }
            if let source = settling.source {
                duties.append(.acknowledge(source.worker, source.grant, item: source.item))
            }
            // What was kept before it was changed is what is true.
            guard settlement == .kept || !settling.isShortened else {
                for key in settling.listeners { listen(key, to: id) }
                return
            }
            detached.tellings[id] = Detachment.Telling(
                keys: settling.listeners, code: settling.code, answer: settling.answer)
        case .tooLarge:
            guard settling.answer != nil else { return }
            shorten(id, to: .resultTooLarge)
            duties.append(.errand(id, .finish))
        case .refused:
            detached.settling[id]?.isShown = true
            detached.settling[id]?.retryBy = now + .seconds(1)
            if settling.isCancelled { shorten(id, to: .cancelledByOperator) }
        }
    }

    private mutating func shorten(_ id: RequestID, to code: Code) {
        detached.settling[id]?.codes = [code]
        detached.settling[id]?.answer = nil
        detached.settling[id]?.isShortened = true
    }

    /// An operator gives up what waits for room, at once or when the store refuses it again.
    mutating func giveUp(_ id: RequestID) {
        guard let settling = detached.settling[id], settling.isShown else { return }
        guard settling.retryBy != nil else {
            detached.settling[id]?.isCancelled = true
            return
        }
        shorten(id, to: .cancelledByOperator)
    }

    /// Follows what the engine asks of the store.
    mutating func take(_ task: StoreTask) {
        guard case .finish(let id, let conclusion) = task else { return }
        detached.settling[id]?.code = conclusion.code
        detached.settling[id]?.retryBy = nil
    }

    /// It waits again: the store is to know.
    mutating func noteGivenBack(_ id: RequestID) {
        guard let request = requests[id], request.isDetached else { return }
        duties.append(.errand(id, .giveBack(charged: request.charged)))
    }
}
