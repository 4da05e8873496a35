extension BenchReport {
    /// A table, what it is called, and what its columns are.
    struct Section {
        var title: String
        var about: String
        var table: Table
    }

    var goals: Section {
        var table = Table(["setting", "what", "reached", "goal", "verdict", "best peer"], left: 2)
        for goal in Goal.all {
            guard let reached = reached(goal) else { continue }
            let best = bestPeer(at: goal).map {
                "\(figure($0.median)) \($0.broker.rawValue)"
            }
            table.append([
                goal.setting, "\(goal.measure)", figure(reached, digits: 3), "\(goal.bound)",
                goal.verdict(on: reached).rawValue, best ?? "-",
            ])
        }
        return Section(
            title: "Goals",
            about: """
                Medians, with the lowest and the highest round in brackets. Ratios are taken \
                within a round.
                """, table: table)
    }

    var loops: Section {
        var table = Table(
            [
                "setting", "broker", "requests/s", "of the relay's", "CPU µs", "of the relay's",
                "calls", "p50 µs", "p99 µs", "p99/p50", "p99.9 µs", "other CPUs",
            ], left: 2)
        for result in results {
            guard case .loop = result.setting.kind else { continue }
            let rounds = result.rounds
            // What another is compared with is the relay, once again.
            if result.broker == .sluice, case .relay = result.setting.beside {
                table.append(row(result.setting.name, "relay", rounds.bases, ratios: nil))
            }
            let ratios: Rounds? =
                switch result.setting.beside {
                case .relay: rounds
                case .nothing, .unbatched: nil
                }
            table.append(
                row(result.setting.name, result.broker.rawValue, rounds, ratios: ratios))
        }
        return Section(
            title: "Requests that go round",
            about: """
                `CPU` is processor time of the broker for a request, `calls` its system calls for \
                one. `other CPUs` is how many processors others kept busy: above 0.3 rates and \
                latencies mean little.
                """, table: table)
    }

    private func row(
        _ setting: String, _ broker: String, _ rounds: Rounds, ratios: Rounds?
    ) -> [String] {
        [
            setting, broker, figure(rounds.own(.rate)?.median), figure(ratios?.ratio(.rate)),
            figure(rounds.own(.cpu)?.median), figure(ratios?.ratio(.cpu)),
            figure(rounds.own(.syscalls)?.median), figure(rounds.own(.p50)?.median),
            figure(rounds.own(.p99)?.median), figure(rounds.own(.tail)?.median),
            figure(rounds.own(.p999)?.median), figure(rounds.own(.otherCPUs)?.median, digits: 2),
        ]
    }

    var lone: Section {
        var table = Table(["setting", "p50 µs", "without batches", "difference µs"])
        for result in results {
            guard case .unbatched = result.setting.beside else { continue }
            table.append([
                result.setting.name, figure(result.rounds.own(.p50)?.median),
                figure(result.rounds.base(.p50)?.median), figure(result.rounds.difference(.p50)),
            ])
        }
        return Section(
            title: "A lone request where batches may be",
            about: "One at a time, of a function with batches and right before of one without.",
            table: table)
    }

    var parked: Section {
        var table = Table(
            [
                "setting", "broker", "enqueue CPU µs", "of the relay's", "dequeue CPU µs",
                "of the relay's", "B/request", "B/connection", "B/both", "STATUS/s", "CPU µs each",
            ], left: 2)
        for result in results {
            guard case .park(let requests, _) = result.setting.kind else { continue }
            let isMany = result.setting.load.connections >= 5_000
            var named = [(result.broker.rawValue, result.rounds, true)]
            if result.broker == .sluice, case .relay = result.setting.beside {
                named.insert(("relay", result.rounds.bases, false), at: 0)
            }
            for (name, rounds, hasRatio) in named {
                table.append([
                    result.setting.name, name, figure(rounds.own(.enqueueCPU)?.median),
                    hasRatio ? figure(rounds.ratio(.enqueueCPU)) : "-",
                    figure(rounds.own(.dequeueCPU)?.median),
                    hasRatio ? figure(rounds.ratio(.dequeueCPU)) : "-",
                    // A few are less than the pages that they come to lie on.
                    requests >= 5_000 ? figure(rounds.own(.requestBytes)?.median) : "-",
                    isMany ? figure(rounds.own(.connectionBytes)?.median) : "-",
                    isMany ? figure(rounds.own(.waitingConnectionBytes)?.median) : "-",
                    figure(rounds.own(.statusRate)?.median),
                    figure(rounds.own(.statusCPU)?.median),
                ])
            }
        }
        return Section(
            title: "Requests that are parked",
            about: """
                With the worker stopped, so many requests are sent, and then drained. Bytes are \
                growth of the broker's resident memory: by the requests, by the connections \
                before they sent any, and by both to a connection. What sockets hold is the \
                kernel's, and not in it.
                """, table: table)
    }

    var growths: Section {
        var table = Table(["growth", "enqueue CPU", "dequeue CPU"])
        for (small, large) in Setting.growths {
            guard let from = rounds(small), let to = rounds(large) else { continue }
            table.append([
                "\(small) to \(large)", figure(to.growth(.enqueueCPU, from: from)),
                figure(to.growth(.dequeueCPU, from: from)),
            ])
        }
        return Section(
            title: "What a request costs more among many",
            about: "Processor time for a request in the larger setting, of that in the smaller.",
            table: table)
    }

    var idle: Section {
        var table = Table(["empty", "memory MB", "wakeups in 10 s"])
        for result in results {
            guard case .idle = result.setting.kind else { continue }
            table.append([
                result.broker.rawValue,
                figure(result.rounds.own(.residentBytes).map { $0.median / 1e6 }),
                figure(result.rounds.own(.wakeups)?.median),
            ])
        }
        return Section(
            title: "The empty daemon", about: "With nobody connected to it.", table: table)
    }
}
