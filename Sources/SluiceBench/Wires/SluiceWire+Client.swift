import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire

/// A client of sluiced.
struct SluiceClientWire: ClientWire, ~Copyable {
    private var link = SluiceLink()
    /// What stood before the payload in the last result that was decoded. Nearly all are alike,
    /// and what is the same byte for byte means the same.
    private var usual: [UInt8] = []

    static func request(
        of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int
    ) -> FrameTemplate {
        let content: Payload.Content =
            switch passing {
            case .inline: .inline(UnsafeRawBufferPointer(start: nil, count: 0))
            case .fresh, .reused: .inDescriptor(size: UInt64(payload))
            }
        var submit = Submit(function: function, payload: Payload(nil, content))
        submit.wantsStatus = wantsStatus
        return FrameTemplate { buffer in
            ClientRequest.submit(RequestNumber(rawValue: 0), submit).encode(into: &buffer)
        }
    }

    func open(into out: inout Outbox, on side: Side) { link.open(into: &out) }

    func ping(into out: inout Outbox) {
        out.encode { buffer in LinkMessage.ping(0).encode(into: &buffer) }
    }

    mutating func receive(from socket: borrowing Descriptor, on side: Side) -> Received {
        link.receive(from: socket)
    }

    mutating func next(on side: Side) throws(BenchError) -> Answer? {
        guard let frame = try link.next() else { return nil }
        switch frame.kind {
        // Three frames of four say only that a request is on its way.
        case .admitted, .started: return .other
        case .status: return .status
        case .outcome where isUsual(frame):
            let bytes = UnsafeRawBufferPointer(rebasing: frame.body[usual.count...])
            return .completed(frame.id, .inline(bytes))
        default: break
        }
        let event: ClientEvent
        do { event = try ClientEvent(frame, &link.strings) } catch { throw .wire(error) }
        switch event {
        case .outcome(let number, let report):
            guard report.outcome == .completed else {
                throw .refused(code: report.code, message: report.message)
            }
            remember(frame, report.payload.content)
            return .completed(number.rawValue, report.payload.content)
        case .link(let message): return try link.heed(message) ? .pong : .other
        case .admitted, .status, .started, .progress, .log, .chunk: return .other
        }
    }

    mutating func takeDescriptor() -> Descriptor? { link.descriptors.takeFirst() }

    private func isUsual(_ frame: Frame) -> Bool {
        guard !usual.isEmpty, frame.header.flags.isEmpty, frame.body.count >= usual.count,
            let start = frame.body.baseAddress
        else { return false }
        return usual.withUnsafeBytes { usual in
            guard let bytes = usual.baseAddress else { return false }
            return memcmp(start, bytes, usual.count) == 0
        }
    }

    private mutating func remember(_ frame: Frame, _ content: Payload.Content) {
        switch content {
        case .inline(let bytes): usual = Array(frame.body.dropLast(bytes.count))
        case .inDescriptor: usual = []
        }
    }
}
