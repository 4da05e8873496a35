import FoundationEssentials
import SluiceWire

/// What the live page shows at one moment, as it is sent to browsers: the words are those of the
/// control socket. It is as long as its bounds, however much the daemon knows, and does not say who
/// asked for what: whoever may look at the page need not know.
public struct PageSnapshot: Encodable, Hashable, Sendable {
    public struct Function: Encodable, Hashable, Sendable {
        var function: String
        var concurrencyID: String
        var waiting: Int
        var running: Int
        var workers: Int
        var hold: Control.Hold
        var reason: String?
        /// Since the daemon started, by code.
        var outcomes: [String: Int]
        var workerDeaths: Int

        enum CodingKeys: String, CodingKey {
            case function, waiting, running, workers, hold, reason, outcomes
            case concurrencyID = "concurrency_id"
            case workerDeaths = "worker_deaths"
        }
    }

    /// How many there are that are not shown.
    public struct LeftOut: Encodable, Hashable, Sendable {
        var queues = 0
        var functions = 0
        var workers = 0
        var devices = 0
        var requests = 0
    }

    public private(set) var daemon: Control.Daemon
    public private(set) var queues: [Control.Queue]
    public private(set) var functions: [Function]
    public private(set) var workers: [Control.Worker]
    public private(set) var devices: [Control.Device]
    /// Those that wait, oldest first.
    public private(set) var requests: [Control.Request]
    /// Requests that were not accepted, by code.
    public private(set) var refusals: [String: Int]
    public private(set) var leftOut = LeftOut()
    /// Whether the page may ask for changes.
    public private(set) var allowsChanges: Bool

    enum CodingKeys: String, CodingKey {
        case daemon, queues, functions, workers, devices, requests, refusals
        case leftOut = "left_out"
        case allowsChanges = "allows_changes"
    }

    /// - Parameter waiting: requests, oldest first, of which those count that wait.
    public init(
        _ measures: DaemonMeasures, waiting: [Control.Request], allowsChanges: Bool
    ) {
        daemon = measures.daemon
        refusals = measures.metrics.refusals
        self.allowsChanges = allowsChanges
        let counted = Dictionary(measures.metrics.functions.map { ($0.function, $0) }) { $1 }
        let rows = GatewayLimits.pageRows
        queues = measures.queues.busiest(rows) { $0.waiting + $0.running }
        functions = measures.functions.busiest(rows) { $0.waiting + $0.running }.map {
            Function($0, counted[$0.function])
        }
        workers = measures.workers.busiest(rows) { $0.busy }
        devices = measures.devices.busiest(rows) { $0.running }.map(\.withoutProcesses)
        requests = waiting.filter { $0.state == .waiting }.prefix(GatewayLimits.pageRequests)
            .map(\.ofNobody)
        leftOut.queues = measures.queues.count - queues.count
        leftOut.functions = measures.functions.count - functions.count
        leftOut.workers = measures.workers.count - workers.count
        leftOut.devices = measures.devices.count - devices.count
        leftOut.requests = max(0, measures.daemon.waiting - requests.count)
    }

    public var json: [UInt8] {
        let encoder = JSONEncoder()
        // What cannot be encoded is not in here: numbers are finite, as Varlink wants them.
        guard let data = try? encoder.encode(self) else { return Self.away("bad_numbers", "") }
        return Array(data)
    }

    /// What is sent where there is nothing to show.
    public static func away(_ code: String, _ message: String) -> [UInt8] {
        let reason: Value = ["code": .string(code), "message": .string(message)]
        return Value.object(["away": reason]).json
    }
}

extension PageSnapshot.Function {
    fileprivate init(_ function: Control.Function, _ counted: Control.FunctionMetrics?) {
        self.init(
            function: function.function, concurrencyID: function.concurrencyID,
            waiting: function.waiting, running: function.running, workers: function.workers,
            hold: function.hold, reason: function.reason, outcomes: counted?.outcomes ?? [:],
            workerDeaths: counted?.workerDeaths ?? 0)
    }
}

extension Array {
    /// All, or those with the most to do, in the same order.
    fileprivate func busiest(_ most: Int, by load: (Element) -> Int) -> [Element] {
        guard count > most else { return self }
        let chosen = indices.sorted { (-load(self[$0]), $0) < (-load(self[$1]), $1) }.prefix(most)
        return chosen.sorted().map { self[$0] }
    }
}

extension Control.Device {
    fileprivate var withoutProcesses: Self {
        var device = self
        (device.holders, device.strangers, device.paths) = ([], [], [])
        return device
    }
}

extension Control.Request {
    fileprivate var ofNobody: Self {
        var request = self
        (request.client, request.user, request.caller) = (nil, nil, nil)
        return request
    }
}
