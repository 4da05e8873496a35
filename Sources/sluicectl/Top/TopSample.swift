import SluiceClient
import SluiceWire

/// What one look at the daemon brought.
struct TopSample: Encodable, Sendable {
    var daemon: Control.Daemon
    var queues: [Control.Queue]
    var devices: [Control.Device] = []
    var workers: [Control.Worker]
    var oldestWaiting: [Control.Request]
    /// The queue that is looked at more closely, where it still exists.
    var detail: Control.GetQueue.Reply?

    private enum CodingKeys: String, CodingKey {
        case daemon, queues, devices, workers
        case oldestWaiting = "oldest_waiting"
    }
}

extension ControlConnection {
    /// So many of the oldest waiting requests are worth a place on the screen.
    private static let oldestShown = 20
    /// What runs is older than what waits and comes first in the list. A queue that stands still
    /// behind thousands of running requests may show fewer: a screen shall not cost the daemon a
    /// walk through everything each second.
    private static let pages = 4

    func topSample(detail name: String? = nil) throws(ClientError) -> TopSample {
        let daemon = try call(Control.Status())
        return TopSample(
            daemon: daemon, queues: try queues(),
            devices: daemon.devices > 0 ? try devices() : [], workers: try workers(),
            oldestWaiting: daemon.waiting > 0 ? try oldestWaiting() : [],
            detail: try name.flatMap { name throws(ClientError) in try detail(name) })
    }

    private func oldestWaiting() throws(ClientError) -> [Control.Request] {
        var found: [Control.Request] = []
        var after: UInt64?
        for limit in [64] + Array(repeating: 500, count: Self.pages - 1) {
            let page = try call(Control.ListRequests(after: after, limit: limit))
            found += page.requests.filter { $0.state == .waiting }
            after = page.next
            guard found.count < Self.oldestShown, after != nil else { break }
        }
        return Array(found.prefix(Self.oldestShown))
    }

    /// Nil: it is gone since it was chosen.
    private func detail(_ name: String) throws(ClientError) -> Control.GetQueue.Reply? {
        do throws(ClientError) {
            return try call(Control.GetQueue(concurrencyID: name))
        } catch .refused(.unknownQueue) {
            return nil
        }
    }
}
