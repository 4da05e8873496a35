import SluiceEngine
import SluiceModel

/// The settings in force: what the operator set, else the configuration, else the latest
/// declaration, else the default.
extension Model {
    struct Rules {
        var batchSize: Int
        var batchDelay: Duration
        var queueTimeout: Duration?
        var execTimeout: Duration?
        var retry: RetryRule
        var maxAttempts: Int
        var restartable: Bool
        var cancelGrace: Duration
        var maxWorkerDeaths: Limit
        var allowUsers: Set<UInt32>?
    }

    func rules(of index: Int) -> Rules {
        let function = functions[index]
        let configured = function.configured ?? FunctionSettings()
        let declared = function.declared ?? FunctionSettings()
        let batches = configured.batch ?? declared.batch ?? false
        // A function that does not batch gets batches of 1, whatever else is said.
        let batchSize =
            batches
            ? function.batchSizeOverride ?? configured.maxBatchSize ?? declared.maxBatchSize ?? 4
            : 1
        return Rules(
            batchSize: batchSize,
            batchDelay: function.batchDelayOverride ?? configured.maxBatchDelay
                ?? declared.maxBatchDelay ?? .zero,
            queueTimeout: configured.queueTimeout ?? declared.queueTimeout,
            execTimeout: configured.execTimeout ?? declared.execTimeout,
            retry: configured.retry ?? declared.retry ?? .crash,
            maxAttempts: configured.maxAttempts ?? declared.maxAttempts ?? 2,
            restartable: configured.restartable ?? declared.restartable ?? false,
            cancelGrace: configured.cancelGrace ?? declared.cancelGrace ?? .seconds(30),
            maxWorkerDeaths: configured.maxWorkerDeaths ?? declared.maxWorkerDeaths ?? .at(10),
            allowUsers: configured.allowUsers ?? declared.allowUsers)
    }

    /// `concurrency_limit` in force. A function that asks for none takes no part.
    func concurrencyLimit(of queue: Int) -> Limit {
        let name = queues[queue].name
        if let limit = queues[queue].overrides.concurrencyLimit { return limit }
        if let limit = configuration.queues[name]?.concurrencyLimit { return limit }
        let asked = functions.filter { $0.queue == queue }.compactMap {
            $0.configured?.concurrencyLimit ?? $0.declared?.concurrencyLimit
        }
        if let lowest = asked.min() { return lowest }
        return devicePlaces(of: queue) ?? defaultConcurrencyLimit
    }

    var defaultConcurrencyLimit: Limit {
        for case .defaultConcurrencyLimit(let limit?) in daemonOverrides { return limit }
        return configuration.daemon.defaultConcurrencyLimit
    }

    func maxSize(of queue: Int) -> Limit {
        let name = queues[queue].name
        return queues[queue].overrides.maxSize ?? configuration.queues[name]?.maxSize ?? .none
    }

    func maxWait(of queue: Int) -> Duration? {
        queues[queue].overrides.maxWait ?? configuration.queues[queues[queue].name]?.maxWait
    }

    var maxRunning: Limit {
        for case .maxRunning(let limit?) in daemonOverrides { return limit }
        return configuration.daemon.maxRunning
    }

    var maxSize: Limit {
        for case .maxSize(let limit?) in daemonOverrides { return limit }
        return configuration.daemon.maxSize
    }

    // MARK: Changes

    mutating func configure(_ configuration: Configuration) {
        self.configuration = configuration
        for name in configuration.functions.keys.sorted() { know(name) }
        for index in functions.indices {
            functions[index].configured = configuration.functions[functions[index].name]
            resolve(index)
        }
    }

    mutating func declare(_ declaration: Declaration, by worker: WorkerID) {
        duties.append(.declared(worker, function: declaration.function))
        guard let index = workerIndex(worker), !fates.dismissed.contains(worker) else { return }
        let function = know(declaration.function)
        functions[function].declared = declaration.settings
        resolve(function)
        if !workers[index].functions.contains(function) {
            workers[index].functions.append(function)
        }
        refuseWeight(of: workers[index])
        weigh(workers[index])
    }

    @discardableResult
    mutating func know(_ name: String) -> Int {
        if let index = functionIndex(name) { return index }
        functions.append(Function(name: name))
        resolve(functions.count - 1)
        return functions.count - 1
    }

    /// A function may move to another queue; what it has waiting moves along, what runs keeps
    /// the place it took.
    mutating func resolve(_ index: Int) {
        let function = functions[index]
        let name =
            function.configured?.concurrencyID ?? function.declared?.concurrencyID ?? function.name
        functions[index].queue = knowQueue(name)
    }

    mutating func knowQueue(_ name: String) -> Int {
        if let index = queueIndex(name) { return index }
        queues.append(Queue(name: name))
        return queues.count - 1
    }
}
