import SluiceEngine
import SluiceModel

// Forged placements, leases and words about devices.
extension Tamper.Turn {
    mutating func forgeDevices(_ forgery: Forgery, _ before: Model, _ after: Model) -> Bool {
        switch forgery {
        case .placedOnCordoned: moveGrant(to: .cordoned, after)
        case .placedOnFull: moveGrant(to: .places, after)
        case .placedBesideExclusive: moveGrant(to: .shared, after)
        case .placedWithoutMemory: moveGrant(to: .memory, after)
        case .placedUnseen: moveGrant(to: .unseen, after)
        case .placedWithHeedless: moveGrantToHeedless(after)
        case .placedOnTooFew: shortenPlacement()
        case .promiseBroken: breakPromise(after)
        case .leasePromiseBroken: breakLeasePromise(after)
        case .leaseUnasked: leaseUnasked(after)
        case .leaseWithheld:
            drop {
                guard case .bound(let worker, _, let environment) = $0 else { return false }
                return !environment.isEmpty && after.workerIndex(worker) != nil
            }
        case .leaseUnfree: moveLease(after) { !after.isFree($0, for: $1) }
        case .leaseUnseen: moveLease(after) { device, _ in device.isUsable && device.isUnseen }
        case .leaseForgotten:
            drop { effect in
                guard case .bound(_, _, let environment) = effect else { return false }
                return environment.isEmpty
            }
        case .cordonUnsaid:
            drop {
                guard case .notice(.deviceCordoned(let name, _, _)) = $0 else { return false }
                return before.equipment.device(name)?.isUsable == true
                    && after.equipment.device(name)?.isUsable == false
            }
        case .uncordonUnsaid:
            drop {
                guard case .notice(.deviceUncordoned(let name, _)) = $0 else { return false }
                return before.equipment.device(name)?.isUsable == false
                    && after.equipment.device(name)?.isUsable == true
            }
        case .deviceUnwatched: forgetToLook(after)
        case .dismissalUnsaid: dropDismissal(after)
        default: false
        }
    }

    /// The turn's one grant runs where something is against it.
    private mutating func moveGrant(to hindrance: Hindrance, _ after: Model) -> Bool {
        let grants = effects.indices.filter { if case .grant = effects[$0] { true } else { false } }
        guard grants.count == 1, let index = grants.first,
            case .grant(let id, let grant, let name, let count, var names) = effects[index],
            !names.isEmpty, let function = after.functionIndex(name),
            let worker = after.workerIndex(id)
        else { return false }
        let want = after.want(function, on: after.workers[worker])
        let other = after.equipment.devices.first { device in
            !names.contains(device.name) && after.hindrance(want, on: device) == hindrance
        }
        guard let other else { return false }
        names[0] = other.name
        effects[index] = .grant(id, grant, function: name, count: count, devices: names)
        return true
    }

    /// The batch of a bound queue goes to a worker that does not look where.
    private mutating func moveGrantToHeedless(_ after: Model) -> Bool {
        for (index, effect) in effects.enumerated() {
            guard case .grant(_, let id, let name, let count, let names) = effect,
                let function = after.functionIndex(name),
                let other = after.workers.first(where: {
                    $0.functions.contains(function) && !after.isKnownToRun($0, function)
                })
            else { continue }
            effects[index] = .grant(other.id, id, function: name, count: count, devices: names)
            for position in effects.indices {
                guard
                    case .item(_, id, let item, let request, let attempt, let body) =
                        effects[position]
                else { continue }
                effects[position] = .item(
                    other.id, id, index: item, request, attempt: attempt, body)
            }
            return true
        }
        return false
    }

    private mutating func shortenPlacement() -> Bool {
        for (index, effect) in effects.enumerated() {
            guard case .grant(let worker, let id, let function, let count, let names) = effect,
                names.count > 1
            else { continue }
            effects[index] = .grant(
                worker, id, function: function, count: count, devices: Array(names.dropLast()))
            return true
        }
        return false
    }

    /// Somebody younger starts where an older one waits for batches to end.
    private mutating func breakPromise(_ after: Model) -> Bool {
        for queue in after.queues.indices where after.hasPlace(queue) {
            for candidate in after.candidates(in: queue) {
                guard let device = after.devicesKept(for: candidate).first else { continue }
                for worker in after.workers where after.lease(of: worker) == nil {
                    for index in worker.functions where index != candidate.function {
                        let function = after.functions[index]
                        guard let head = function.line.first, head > candidate.request,
                            worker.grants.count < worker.slots,
                            let body = after.requests[head]?.body,
                            after.selection(of: function.queue).has(device)
                        else { continue }
                        let id = GrantID(rawValue: 1_000_001)
                        effects.append(
                            .grant(
                                worker.id, id, function: function.name, count: 1,
                                devices: [device]))
                        effects.append(
                            .item(worker.id, id, index: 0, head, attempt: 1, body))
                        return true
                    }
                }
            }
        }
        return false
    }

    /// The same where a worker waits: what comes in this turn starts there at once.
    private mutating func breakLeasePromise(_ after: Model) -> Bool {
        guard let device = after.devicesKeptForLease?.names.first,
            let client = after.clients.keys.min(by: { $0.rawValue < $1.rawValue })
        else { return false }
        for worker in after.workers where after.lease(of: worker) == nil {
            for index in worker.functions {
                let function = after.functions[index]
                guard worker.grants.count < worker.slots,
                    after.selection(of: function.queue).has(device)
                else { continue }
                let number = RequestNumber(rawValue: 1_000_001)
                let body = BodyID(rawValue: 1_000_001)
                let ask = Ask(number: number, body: body, bytes: 1)
                events.append(.submitted(client, Submission(function: function.name, ask: ask)))
                let id = GrantID(rawValue: 1_000_001)
                let request = RequestID(rawValue: after.highest.rawValue + 1)
                effects += [
                    .admitted(client, number, request, isGranted: true),
                    .grant(worker.id, id, function: function.name, count: 1, devices: [device]),
                    .item(worker.id, id, index: 0, request, attempt: 1, body),
                ]
                return true
            }
        }
        return false
    }

    private mutating func leaseUnasked(_ after: Model) -> Bool {
        guard let worker = after.workers.first(where: { after.lease(of: $0) == nil }),
            !after.equipment.applicants.contains(where: { $0.worker == worker.id }),
            let device = after.equipment.devices.first
        else { return false }
        let environment = ["SLUICE_DEVICES=\(device.name)"]
        effects.append(.bound(worker.id, devices: [device.name], environment: environment))
        return true
    }

    /// Who waits gets what it cannot have.
    private mutating func moveLease(
        _ after: Model, to isMeant: (Equipment.Device, Equipment.Applicant) -> Bool
    ) -> Bool {
        guard after.mayLease else { return false }
        for applicant in after.equipment.applicants where applicant.request.count == 1 {
            guard
                let device = after.candidates(for: applicant.request).first(where: {
                    isMeant($0, applicant)
                })
            else { continue }
            let environment = ["SLUICE_DEVICES=\(device.name)"]
            effects.append(
                .bound(applicant.worker, devices: [device.name], environment: environment))
            return true
        }
        return false
    }

    private mutating func forgetToLook(_ after: Model) -> Bool {
        for (index, effect) in effects.enumerated() {
            guard case .sample(let names) = effect,
                let used = after.equipment.devices.first(where: {
                    names.contains($0.name) && after.isInUse($0)
                })
            else { continue }
            effects[index] = .sample(devices: names.filter { $0 != used.name })
            return true
        }
        return false
    }

    private mutating func dropDismissal(_ after: Model) -> Bool {
        var due: [WorkerID] = []
        for case .dismissal(let worker) in after.duties where after.workerIndex(worker) != nil {
            due.append(worker)
        }
        return drop {
            guard case .deniedDevices(let worker, _) = $0 else { return false }
            return due.contains(worker)
        }
    }
}
