import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

// What the engine wants of the store, put into the store's words. Payloads are copied: they are
// stored on another thread, while this one goes on.

extension Archive {
    mutating func perform(_ task: StoreTask, _ bodies: borrowing Bodies, as instance: UniqueID) {
        switch task {
        case .accept(let keepsake): accept(keepsake, bodies, instance)
        case .find(let id, let origin):
            ask(.find(RequestOrigin(origin)), for: .search(id))
        case .start(let id, let attempt): ask(.start(id, attempt: attempt))
        case .giveBack(let id, let charged): ask(.giveBack(id, charged: charged))
        case .keep(let id, let attempt, let sequence, let body):
            let file = bodies.file(of: body)
            let kept = KeptBody(chunk: bodies.bytes(of: body), hasFile: file != nil)
            // What a worker sends has no bound of its own; whoever reads later finds a hole.
            guard kept.payload.fits else { return }
            let chunk = StoredChunk(sequence: sequence, payload: StoredPayload(kept.payload, file))
            ask(.keep(id, attempt: attempt, chunk))
        case .finish(let id, let conclusion):
            let hasAnswer = conclusion.answer != nil
            if hasAnswer, let refusal = refusesAnswers() {
                return answer(.settlement(id, hasAnswer: true), .refused(refusal))
            }
            guard let ending = ending(conclusion, bodies) else {
                return answer(.settlement(id, hasAnswer: true), .refused(.tooLarge))
            }
            ask(.finish(id, ending), for: .settlement(id, hasAnswer: hasAnswer))
        case .fetch: preconditionFailure("what is fetched is read; see Readings")
        }
    }

    private mutating func accept(
        _ keepsake: Keepsake, _ bodies: borrowing Bodies, _ instance: UniqueID
    ) {
        let question = Question.acceptance(keepsake.request)
        if let old = keepsake.repeats {
            // Nobody sends it again, so any origin does that nobody else has.
            let origin = RequestOrigin(
                user: keepsake.user, session: (instance.high, instance.low),
                number: RequestNumber(rawValue: keepsake.request.rawValue))
            let repetition = SluiceStore.Repetition(
                id: keepsake.request, origin: origin, enqueuedAt: .now())
            return ask(.retry(old, as: repetition), for: question)
        }
        guard let origin = keepsake.origin else {
            preconditionFailure("request \(keepsake.request) comes from nowhere")
        }
        let body = keepsake.ask.body
        let file = bodies.file(of: body)
        let kept = KeptBody(request: bodies.bytes(of: body), hasFile: file != nil)
        let request = NewRequest(
            id: keepsake.request, origin: RequestOrigin(origin), caller: keepsake.caller,
            function: keepsake.function, payload: StoredPayload(kept.payload, file),
            queueTimeout: keepsake.ask.queueTimeout.duration,
            execTimeout: keepsake.ask.execTimeout.duration,
            deadline: keepsake.ask.deadline.duration, enqueuedAt: .now())
        ask(.accept(request), for: question)
    }

    /// Nil where the answer is larger than the store takes.
    private func ending(_ conclusion: Conclusion, _ bodies: borrowing Bodies) -> Ending? {
        guard let answer = conclusion.answer else {
            return Ending(conclusion.code, message: text(for: conclusion), finishedAt: .now())
        }
        let file = bodies.file(of: answer)
        let kept = KeptBody(answer: bodies.bytes(of: answer), hasFile: file != nil)
        guard kept.payload.fits else { return nil }
        return Ending(
            conclusion.code, message: kept.message, result: StoredPayload(kept.payload, file),
            finishedAt: .now())
    }
}

// MARK: What the answers mean to the engine

extension Acceptance {
    init(_ outcome: StoreOutcome) {
        switch outcome {
        case .accepted: self = .accepted
        case .known(let request): self = .known(request.id)
        case .refused(let refusal): self = .refused(refusal.code)
        default: preconditionFailure("an acceptance was answered with \(outcome)")
        }
    }
}

extension Settlement {
    init(_ outcome: StoreOutcome) {
        switch outcome {
        // One that is gone, with the file that it was in perhaps, is not to be had back.
        case .done, .refused(.unknownRequest): self = .kept
        case .refused(.isFinished): self = .known
        case .refused(.tooLarge): self = .tooLarge
        case .refused(let refusal): self = .refused(refusal.code)
        default: preconditionFailure("an outcome was answered with \(outcome)")
        }
    }
}

extension StoreRefusal {
    /// What a client is told that asked for something to be kept.
    var code: Code {
        switch self {
        case .storeFull, .diskFull, .backlog: .storeFull
        case .tooLarge, .larger, .tooManyChunks: .tooLarge
        case .unknownRequest, .payloadGone, .isUnfinished, .isFinished: .unknownRequest
        case .isStale, .idTaken, .unavailable, .failed: .storeFailed
        }
    }
}

extension Payload {
    fileprivate var fits: Bool { size <= UInt64(StoreLimits.payloadBytes) }
}

extension RequestOrigin {
    init(_ origin: Origin) {
        self.init(
            user: origin.user, session: (origin.session.high, origin.session.low),
            number: origin.number)
    }
}

extension StoredPayload {
    /// A copy, but for what is in a file, which nobody can change.
    init(_ payload: Payload, _ file: SharedFile?) {
        switch payload.content {
        case .inline(let bytes): self.init(payload.contentType, .inline(Array(bytes)))
        case .inDescriptor:
            guard let file else {
                preconditionFailure("the file of a payload is missing")
            }
            self.init(payload.contentType, .file(file))
        }
    }
}
