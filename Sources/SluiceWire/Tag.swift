import SluiceModel

/// The attributes that the page names. Below `optional`, a receiver that does not know a tag
/// refuses the message; from there on it passes over it.
public enum Tag: UInt16, Hashable, Sendable, CaseIterable {
    case contentType = 0x0001
    case queueTimeout, execTimeout, deadline, maxWait, ticket, detached, caller, retryAfter
    case depth, limit

    case concurrencyID = 0x0010
    case concurrencyLimit, batch, maxBatchSize, maxBatchDelay, retry, restartable
    case expectedDuration, cancelGrace, maxAttempts
    case memory, memoryPerItem, deviceCount, exclusive, held

    case name = 0x8001
    case process, warning, signature, description, attempt, chunks, devices, environment

    static let optional: UInt16 = 0x8000

    /// The name as the page spells it.
    public var name: String {
        switch self {
        case .contentType: "content_type"
        case .queueTimeout: "queue_timeout"
        case .execTimeout: "exec_timeout"
        case .deadline: "deadline"
        case .maxWait: "max_wait"
        case .ticket: "ticket"
        case .detached: "detached"
        case .caller: "caller"
        case .retryAfter: "retry_after"
        case .depth: "depth"
        case .limit: "limit"
        case .concurrencyID: "concurrency_id"
        case .concurrencyLimit: "concurrency_limit"
        case .batch: "batch"
        case .maxBatchSize: "max_batch_size"
        case .maxBatchDelay: "max_batch_delay"
        case .retry: "retry"
        case .restartable: "restartable"
        case .expectedDuration: "expected_duration"
        case .cancelGrace: "cancel_grace"
        case .maxAttempts: "max_attempts"
        case .memory: "memory"
        case .memoryPerItem: "memory_per_item"
        case .deviceCount: "device_count"
        case .exclusive: "exclusive"
        case .held: "held"
        case .name: "name"
        case .process: "process"
        case .warning: "warning"
        case .signature: "signature"
        case .description: "description"
        case .attempt: "attempt"
        case .chunks: "chunks"
        case .devices: "devices"
        case .environment: "environment"
        }
    }
}
