@testable import SluiceWire

/// A message of any direction, for tests that go through all of them.
enum AnyMessage {
    case hello(Hello)
    case welcome(Welcome)
    case clientRequest(ClientRequest)
    case clientEvent(ClientEvent)
    case workerMessage(WorkerMessage)
    case workerOrder(WorkerOrder)

    /// Takes an opening frame for what it is, and any other for a message of the sender.
    init(
        _ frame: Frame, from sender: Sender, _ strings: inout StringCache
    ) throws(WireError) {
        switch (frame.kind, sender) {
        case (.hello, .client), (.hello, .worker): self = .hello(try Hello(frame))
        case (.welcome, .daemonToClient), (.welcome, .daemonToWorker):
            self = .welcome(try Welcome(frame))
        default: try self.init(open: frame, from: sender, &strings)
        }
    }

    /// Takes a frame for what comes once the connection is open.
    init(
        open frame: Frame, from sender: Sender, _ strings: inout StringCache
    ) throws(WireError) {
        switch sender {
        case .client: self = .clientRequest(try ClientRequest(frame, &strings))
        case .daemonToClient: self = .clientEvent(try ClientEvent(frame, &strings))
        case .worker: self = .workerMessage(try WorkerMessage(frame, &strings))
        case .daemonToWorker: self = .workerOrder(try WorkerOrder(frame, &strings))
        }
    }

    func encode(into out: inout OutputBuffer) {
        switch self {
        case .hello(let message): message.encode(into: &out)
        case .welcome(let message): message.encode(into: &out)
        case .clientRequest(let message): message.encode(into: &out)
        case .clientEvent(let message): message.encode(into: &out)
        case .workerMessage(let message): message.encode(into: &out)
        case .workerOrder(let message): message.encode(into: &out)
        }
    }

    /// The bytes of the message alone.
    var encoded: [UInt8] {
        var out = OutputBuffer()
        encode(into: &out)
        return Array(out.readable)
    }
}
