import SluiceClient
import SluiceWire

/// What the screen can change, one queue at a time, and the words for it: kept over restarts, as
/// what `pause`, `resume` and `set` do.
enum TopChange: Hashable, Sendable {
    case pause(queue: String)
    case resume(queue: String)
    case limit(queue: String, from: Int?, to: Control.SettingValue)

    var queue: String {
        switch self {
        case .pause(let queue), .resume(let queue), .limit(let queue, _, _): queue
        }
    }

    /// What will be done, exactly.
    var phrase: String {
        switch self {
        case .pause(let queue): "pause queue \(queue)"
        case .resume(let queue): "resume queue \(queue)"
        case .limit(let queue, let old, let new):
            "set queue \(queue): concurrency_limit \(sluicectl.limit(old)) → \(new)"
        }
    }

    /// The same in fewer words, of a queue by a name in fewer letters.
    func phrase(calling name: String) -> String {
        switch self {
        case .pause: "pause \(name)"
        case .resume: "resume \(name)"
        case .limit(_, let old, let new): "\(name): limit \(sluicectl.limit(old)) → \(new)"
        }
    }
}

extension ControlConnection {
    /// Does it, and says what became of it.
    func make(_ change: TopChange) throws(ClientError) -> String {
        switch change {
        case .pause(let queue):
            _ = try call(Control.Pause(target: .queue(queue)))
            return "queue \(queue) is paused: it accepts, and starts nothing."
        case .resume(let queue):
            _ = try call(Control.Resume(target: .queue(queue)))
            return "queue \(queue) runs again."
        case .limit(let queue, _, let value):
            let target = Control.Target.queue(queue)
            let key = Control.SettingKey.concurrencyLimit.rawValue
            let reply = try call(Control.Set(target: target, values: [key: value]))
            let text = changesText(reply.changes, of: target, style: .plain)
            return text.split(separator: "\n").joined(separator: ", ")
        }
    }
}
