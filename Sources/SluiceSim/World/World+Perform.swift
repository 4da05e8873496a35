import SluiceEngine
import SluiceModel

extension World {
    mutating func perform(_ intent: Agenda.Intent) {
        switch intent {
        case .clientActs(let turn): clientActs(turn)
        case .workerActs(let number): workerActs(number)
        case .operatorActs: operatorActs()
        case .clientReconnects(let process): clientReconnects(process)
        case .workerReconnects(let number): workerReconnects(number)
        case .workerReturns(let plan): if !isSettling { attachWorker(plan: plan) }
        case .itemGoesOn(let worker, let grant, let item):
            itemGoesOn(worker: worker, grant, item: item)
        case .arrives(let worker, let effect): workerHears(worker, effect)
        case .workerDies(let number): workerDies(number)
        case .clientReturns(let process): clientReturns(process)
        case .storeWorks(let life): storeWorks(life: life)
        case .devicesAct: devicesAct()
        case .samplerLooks: samplerLooks()
        }
    }

    /// Carries out what the engine wants. Clients hear at once, since nothing they do depends on
    /// when; what is for a worker takes its time, and the answers to it cross what follows.
    mutating func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .outcome(let client, let number, let conclusion):
                if let client { tell(client, outcomeOf: number, conclusion) }
                if let source = conclusion.source {
                    acknowledge(source.worker, source.grant, source.item)
                }
            case .refused(let client?, let number, let conclusion, _):
                tell(client, outcomeOf: number, conclusion)
            case .left(let client, let number, let wasListening):
                letGo(client, number, wasListening: wasListening)
            case .admitted, .started, .report: note(effect)
            case .acknowledge(let worker, let grant, let item): acknowledge(worker, grant, item)
            case .item(let worker, _, _, let request, let attempt, let body):
                noteGiven(request, attempt: attempt, body)
                send(effect, to: worker)
            case .grant(let worker, _, _, _, _),
                .revoke(let worker, _, _), .drain(let worker), .refusedWorker(let worker, _),
                .deniedDevices(let worker, _), .bound(let worker, _, _):
                send(effect, to: worker)
            case .notice(.functionPaused(let function, _)):
                operatorSees(functionPaused: function)
            case .store(let task): storeHears(task)
            case .repeated(let token, let result): noteRepeated(token, result)
            case .sample(let devices): hearWatched(devices)
            case .refused, .status, .release, .declared, .reply, .notice:
                break
            }
        }
    }

    private mutating func acknowledge(_ worker: WorkerID, _ grant: GrantID, _ item: Int?) {
        guard let index = workerIndex(worker) else { return }
        workers[index].forget(grant, item)
        if edition >= .restarts { leaveIfDone(index) }
    }

    private mutating func send(_ effect: Effect, to worker: WorkerID) {
        guard let index = workerIndex(worker) else { return }
        workers[index].inbound = max(workers[index].inbound, arrival())
        agenda.add(
            .arrives(worker: Int(worker.rawValue), effect), at: workers[index].inbound)
    }
}
