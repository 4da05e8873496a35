import SluiceModel

extension Model {
    /// What the model believes, for reading beside a broken rule.
    var summary: [String] {
        var lines = ["model: \(running)/\(maxRunning) run, \(waiting) wait, \(hold)"]
        for (index, queue) in queues.enumerated() {
            lines.append(
                "  queue \(queue.name): \(queue.running)/\(concurrencyLimit(of: index)),"
                    + " \(waiting(in: index)) of \(maxSize(of: index)), \(queue.hold)")
        }
        for (index, function) in functions.enumerated() {
            let rules = rules(of: index)
            lines.append(
                "  function \(function.name) in \(queues[function.queue].name): line"
                    + " \(function.line), suspects \(function.suspects), \(function.hold),"
                    + " batches of \(rules.batchSize) after \(rules.batchDelay)")
        }
        if !detached.isEmpty {
            lines.append(
                "  store \(detached.state): storing \(detached.storing.keys.sorted()),"
                    + " settling \(detached.settling.keys.sorted()),"
                    + " in doubt \(detached.doubts.keys.sorted())")
        }
        for worker in workers {
            let names = worker.functions.map { functions[$0].name }
            lines.append(
                "  worker \(worker.id) for \(names): \(worker.grants) of \(worker.slots),"
                    + " \(worker.hold)\(isHung(worker) ? ", hung" : "")")
        }
        for (id, grant) in grants.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let items = grant.items.map { item in
                "\(item.request)\(item.isStarted ? "s" : "")\(item.isAnswered ? "a" : "")"
                    + "\(item.isLive ? "" : "-")"
            }
            lines.append("  grant \(id) to \(grant.worker): \(items)")
        }
        return lines + deviceLines
    }
}
