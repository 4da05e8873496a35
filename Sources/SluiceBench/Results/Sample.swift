/// What is measured of a broker.
public enum Metric: String, CaseIterable, Sendable {
    /// Requests answered a second.
    case rate
    /// Microseconds from when a request should have been sent to its answer.
    case p50, p99
    case p999 = "p99.9"
    case longest
    /// p99 to p50.
    case tail
    /// Microseconds of processor time for a request.
    case cpu
    case workerCPU = "worker_cpu"
    case generatorCPU = "generator_cpu"
    /// The broker's, while the worker is held and while it drains what was parked.
    case enqueueCPU = "enqueue_cpu"
    case dequeueCPU = "dequeue_cpu"
    /// Of the broker's memory; what sockets hold is the kernel's, and not in it.
    case residentBytes = "resident_bytes"
    case requestBytes = "request_bytes"
    case connectionBytes = "connection_bytes"
    /// Of all that came with a connection and what it has parked.
    case waitingConnectionBytes = "waiting_connection_bytes"
    /// STATUS messages to a request, from first to last.
    case statuses
    /// Those a second while ranks change, and microseconds of processor time for one.
    case statusRate = "status_rate"
    case statusCPU = "status_cpu"
    /// System calls for a request.
    case syscalls
    /// How often an idle broker was put on a processor in ten seconds.
    case wakeups
    /// Processors that others than broker, worker and generator kept busy.
    case otherCPUs = "other_cpus"
}

extension Metric {
    /// As a goal names it.
    var label: String {
        switch self {
        case .rate: "requests/s"
        case .p50, .p99, .p999: "\(rawValue) µs"
        case .longest: "longest µs"
        case .tail: "p99 / p50"
        case .cpu: "CPU µs"
        case .workerCPU: "CPU µs of the worker"
        case .generatorCPU: "CPU µs of the generator"
        case .enqueueCPU: "enqueue CPU"
        case .dequeueCPU: "dequeue CPU"
        case .residentBytes: "bytes resident"
        case .requestBytes: "bytes of a request"
        case .connectionBytes: "bytes of a connection"
        case .waitingConnectionBytes: "bytes of a connection and its request"
        case .statuses: "STATUS of a request"
        case .statusRate: "STATUS/s"
        case .statusCPU: "CPU µs of a STATUS"
        case .syscalls: "system calls"
        case .wakeups: "wakeups in 10 s"
        case .otherCPUs: "other CPUs"
        }
    }
}

/// What was measured of one broker in one round.
public struct Sample: Sendable {
    public private(set) var values: [Metric: Double] = [:]

    public init(_ values: [Metric: Double] = [:]) { self.values = values }

    public subscript(_ metric: Metric) -> Double? {
        get { values[metric] }
        set { values[metric] = newValue }
    }
}
