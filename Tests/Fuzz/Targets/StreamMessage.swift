import SluiceWire

/// A message of an open connection, whoever sent it.
enum StreamMessage: Equatable {
    case request(ClientRequest)
    case message(WorkerMessage)
    case event(ClientEvent)
    case order(WorkerOrder)

    init(
        _ frame: Frame, from sender: StreamSender, _ strings: inout StringCache
    ) throws(WireError) {
        switch sender {
        case .client: self = .request(try ClientRequest(frame, &strings))
        case .worker: self = .message(try WorkerMessage(frame, &strings))
        case .daemonToClient: self = .event(try ClientEvent(frame, &strings))
        case .daemonToWorker: self = .order(try WorkerOrder(frame, &strings))
        }
    }

    var encoded: [UInt8] {
        var out = OutputBuffer()
        switch self {
        case .request(let message): message.encode(into: &out)
        case .message(let message): message.encode(into: &out)
        case .event(let message): message.encode(into: &out)
        case .order(let message): message.encode(into: &out)
        }
        return Array(out.readable)
    }

    /// Whether its sender closes after it.
    var isLast: Bool {
        switch self {
        case .request(.link(.error)), .message(.link(.error)), .event(.link(.error)),
            .order(.link(.error)):
            true
        case .request, .message, .event, .order: false
        }
    }

    /// Its bytes say the same again, in the same bytes.
    func requireSame(
        after encoded: [UInt8], from sender: StreamSender, descriptors: Int
    ) throws(Finding) {
        var decoder = FrameDecoder(bodyLimit: encoded.count)
        var strings = StringCache()
        decoder.receive(atLeast: encoded.count) { room in
            room.copyBytes(from: encoded)
            return encoded.count
        }
        decoder.receive(descriptors: descriptors)
        let again: StreamMessage
        do throws(WireError) {
            guard let frame = try decoder.next() else { throw WireError.strayDescriptors(0) }
            again = try StreamMessage(frame, from: sender, &strings)
        } catch {
            throw Finding("\(error) in what was encoded: \(encoded)")
        }
        try require(again == self, "\(self) is \(again) after it was written and read")
        try require(again.encoded == encoded, "\(self) is written in two ways")
    }
}
