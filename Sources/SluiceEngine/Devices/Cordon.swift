import SluiceModel

/// Why nothing new starts on a device.
public enum Cordon: Hashable, Sendable {
    /// An operator wants it so, with what was said about it.
    case byOperator(String)
    /// It is not there any more.
    case lost(String)
    /// The hardware or its driver reported an error.
    case fault(String)
    /// Its temperature in degrees Celsius.
    case hot(Int)
    /// A worker does not stop computing on it.
    case hung(process: Int32, worker: String)

    /// As words of a control reply: `lost`.
    public var kind: String {
        switch self {
        case .byOperator: "operator"
        case .lost: "lost"
        case .fault: "fault"
        case .hot: "hot"
        case .hung: "hung"
        }
    }

    /// In a sentence, to follow the device's name and "is cordoned: ".
    public var reason: String {
        switch self {
        case .byOperator(let text): text.isEmpty ? "by an operator" : text
        case .lost(let text), .fault(let text): text
        case .hot(let degrees): "it runs at \(degrees) °C"
        case .hung(let process, let worker):
            "worker \(worker) (process \(process)) does not stop computing on it"
        }
    }
}

/// A reason in force.
struct Cordoned {
    var cordon: Cordon
    /// Who hangs, where somebody does: of some workers nobody knows the process.
    var culprit: ProcessKey?
    let since: Instant
    /// Since when its cause has been gone; `distantFuture`: it is not.
    var goneSince = Instant.distantFuture
}
