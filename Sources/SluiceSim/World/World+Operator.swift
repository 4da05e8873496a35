import SluiceEngine
import SluiceModel

extension World {
    mutating func command(_ command: Command) {
        operatorLine.send(.commanded(command, token: nextToken()), arrivingAt: arrival())
    }

    mutating func operatorActs() {
        guard !isSettling else { return }
        agenda.add(.operatorActs, at: soon(8))
        if random.chance(profile.rates.reloads) {
            var configuration = Configuration(
                for: profile.functions, pace: profile.pace, from: &random)
            if edition >= .gateways { configuration.addQuotas(from: &random) }
            if edition >= .devices {
                configuration.addDevices(rack, of: profile, from: &random)
                rack.configuration = configuration
            }
            operatorLine.send(.configured(configuration), arrivingAt: arrival())
        }
        guard random.chance(profile.rates.commands) else { return }
        switch random.int(0...latestAct) {
        case 14, 15: command(.cancel(random.pick(store.refused) ?? RequestID(rawValue: 1)))
        case 10: command(.revert(target()))
        case 11, 12: repeatOne()
        case 13: command(.cancel(random.pick(store.ids) ?? RequestID(rawValue: 1)))
        case 0, 1, 2: command(.set(.queue(queue()), [queueOverride()]))
        case 3: command(.set(.daemon, [daemonOverride()]))
        case 4: command(.set(.function(function()), [functionOverride()]))
        case 5: command(.pause(target()))
        case 6: command(.drain(target()))
        case 7, 8: command(.resume(target()))
        default:
            if random.chance(700) {
                let request = UInt64(random.int(1...60))
                command(.cancel(RequestID(rawValue: request)))
            } else {
                command(.forget(function: function()))
            }
        }
    }

    private var latestAct: Int {
        switch edition {
        case .first: 9
        case .reverts, .restarts, .memory, .gateways: 10
        case .detached, .devices, .heedless, .leaving: 13
        case .tightness: 15
        }
    }

    /// Something an operator had changed before the daemon was started anew.
    mutating func restoreOne() {
        let name = random.pick(profile.functions.map(\.name)) ?? "f0"
        let commands: [Command] = [
            .set(.queue(queue()), [queueOverride()]), .set(.daemon, [daemonOverride()]),
            .set(.function(name), [functionOverride()]), .pause(.queue(queue())),
            .pause(.function(name)),
        ]
        guard let command = random.pick(commands) else { return }
        operatorLine.send(.restored(command), arrivingAt: now)
    }

    /// A function that pauses itself stays so until somebody looks; here somebody mostly does.
    mutating func operatorSees(functionPaused name: String) {
        if isSettling || random.chance(700) { command(.resume(.function(name))) }
    }

    private mutating func queue() -> String { random.pick(profile.queues) ?? "q0" }

    private mutating func function() -> String {
        random.chance(50) ? "nobody" : random.pick(profile.functions.map(\.name)) ?? "f0"
    }

    private mutating func target() -> Target {
        switch random.int(0...5) {
        case 0: .daemon
        case 1, 2: .queue(queue())
        case 3, 4: .function(random.pick(profile.functions.map(\.name)) ?? "f0")
        default: .worker(random.pick(workers.map(\.id)) ?? WorkerID(rawValue: 1))
        }
    }

    private mutating func queueOverride() -> Override {
        if edition >= .devices, random.chance(200) {
            return .perDeviceLimit(random.chance(700) ? .at(random.int(1...3)) : nil)
        }
        switch random.int(0...6) {
        case 0...3:
            let values: [Limit?] = [nil, .at(0), .at(1), .at(2), .at(4), Limit.none]
            return .concurrencyLimit(random.pick(values) ?? nil)
        case 4, 5: return .maxSize(random.chance(500) ? .at(random.int(0...10)) : nil)
        default: return .maxWait(random.chance(500) ? random.span(1...(profile.pace * 50)) : nil)
        }
    }

    private mutating func daemonOverride() -> Override {
        switch random.int(0...3) {
        case 0, 1:
            let values: [Limit?] = [nil, .at(0), .at(1), .at(3), Limit.none]
            return .maxRunning(random.pick(values) ?? nil)
        case 2: return .maxSize(random.chance(500) ? .at(random.int(0...20)) : nil)
        default: return .defaultConcurrencyLimit(Profile.limit(from: &random))
        }
    }

    private mutating func functionOverride() -> Override {
        if random.chance(500) {
            return .maxBatchSize(random.chance(600) ? random.int(1...8) : nil)
        }
        return .maxBatchDelay(random.chance(600) ? random.span(0...(profile.pace * 20)) : nil)
    }
}
