/// All results of a run, as text.
public struct BenchReport: Sendable {
    public var machine: String
    public var results: [(setting: Setting, rounds: Rounds)] = []

    public init(machine: String) { self.machine = machine }

    public var text: String {
        let tables = [loops, parked, growths, idle].compactMap { $0 }
        return ([machine + "\n"] + tables).joined(separator: "\n")
    }

    private var loops: String? {
        var table = Table([
            "setting", "requests/s", "of the relay's", "CPU µs", "of the relay's", "p50 µs",
            "p99 µs", "p99.9 µs", "calls", "relay's", "other CPUs",
        ])
        for (setting, rounds) in results {
            guard case .loop = setting.kind else { continue }
            table.append([
                setting.name, figure(rounds.sluice(.rate)?.median),
                figure(rounds.ratio(.rate)), figure(rounds.sluice(.cpu)?.median),
                figure(rounds.ratio(.cpu)), figure(rounds.sluice(.p50)?.median),
                figure(rounds.sluice(.p99)?.median), figure(rounds.sluice(.p999)?.median),
                figure(rounds.sluice(.syscalls)?.median), figure(rounds.relay(.syscalls)?.median),
                figure(rounds.sluice(.otherCPUs)?.median, digits: 2),
            ])
        }
        return table.isEmpty ? nil : table.text
    }

    private var parked: String? {
        var table = Table([
            "parked", "enqueue CPU µs", "of the relay's", "dequeue CPU µs", "of the relay's",
            "B/request", "relay's", "B/connection", "relay's", "STATUS/s", "CPU µs each",
        ])
        for (setting, rounds) in results {
            guard case .park(let requests, _) = setting.kind else { continue }
            // A few are less than the pages that they come to lie on.
            let (hasMany, isMany) = (requests >= 5_000, setting.load.connections >= 5_000)
            table.append([
                setting.name, figure(rounds.sluice(.enqueueCPU)?.median),
                figure(rounds.ratio(.enqueueCPU)), figure(rounds.sluice(.dequeueCPU)?.median),
                figure(rounds.ratio(.dequeueCPU)),
                hasMany ? figure(rounds.sluice(.requestBytes)?.median) : "-",
                hasMany ? figure(rounds.relay(.requestBytes)?.median) : "-",
                isMany ? figure(rounds.sluice(.connectionBytes)?.median) : "-",
                isMany ? figure(rounds.relay(.connectionBytes)?.median) : "-",
                figure(rounds.sluice(.statusRate)?.median),
                figure(rounds.sluice(.statusCPU)?.median),
            ])
        }
        return table.isEmpty ? nil : table.text
    }

    private var growths: String? {
        var table = Table(["growth", "enqueue CPU", "dequeue CPU"])
        for (small, large) in Setting.growths {
            guard let from = rounds(of: small), let to = rounds(of: large) else { continue }
            table.append([
                "\(small) to \(large)", figure(to.growth(.enqueueCPU, from: from)),
                figure(to.growth(.dequeueCPU, from: from)),
            ])
        }
        return table.isEmpty ? nil : table.text
    }

    private var idle: String? {
        var table = Table(["empty", "memory MB", "wakeups in 10 s"])
        for (setting, rounds) in results {
            guard case .idle = setting.kind else { continue }
            table.append([
                setting.name, figure(rounds.sluice(.residentBytes).map { $0.median / 1e6 }),
                figure(rounds.sluice(.wakeups)?.median),
            ])
        }
        return table.isEmpty ? nil : table.text
    }

    private func rounds(of name: String) -> Rounds? {
        results.first { $0.setting.name == name }?.rounds
    }
}
