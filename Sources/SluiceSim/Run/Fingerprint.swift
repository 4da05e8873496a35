import SluiceEngine
import SluiceModel

/// A number that two runs of a seed share only if every effect was the same: how we know that
/// nothing was left to chance. The standard library's hasher would be of no use, since it is
/// seeded anew in every process.
struct Fingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    private mutating func mix(_ numbers: UInt64...) {
        for number in numbers {
            value = (value ^ number) &* 0x0000_0100_0000_01B3
            value ^= value >> 29
        }
    }

    private mutating func mix(_ text: String) { for byte in text.utf8 { mix(UInt64(byte)) } }

    mutating func mix(_ instant: Instant?) {
        mix(UInt64(bitPattern: instant?.nanoseconds ?? -1))
    }

    mutating func mix(_ effect: Effect) {
        switch effect {
        case .admitted(let client, let number, let id, _):
            mix(1, client.rawValue, number.rawValue, id.rawValue)
        case .status(let client, let number, let status):
            mix(2, client.rawValue, number.rawValue, UInt64(status.rank), UInt64(status.waiting))
            mix(UInt64(bitPattern: status.eta?.p90.nanoseconds ?? -1))
        case .started(let client, let number, let attempt):
            mix(3, client.rawValue, number.rawValue, UInt64(attempt))
        case .report(let client, let number, _, let body, _):
            mix(4, client.rawValue, number.rawValue, body.rawValue)
        case .outcome(let client, let number, let conclusion),
            .refused(let client, let number, let conclusion, _):
            mix(5, client?.rawValue ?? 0, number.rawValue, conclusion.request.rawValue)
            mix(conclusion.code.rawValue)
        case .left(let client, let number, let wasListening):
            mix(19, client.rawValue, number.rawValue, wasListening ? 1 : 0)
        case .release(let body): mix(6, body.rawValue)
        case .declared(let worker, let function, let queue, let warning):
            mix(7, worker.rawValue)
            mix(function + queue + (warning ?? ""))
        case .refusedWorker(let worker, let reason), .deniedDevices(let worker, let reason):
            mix(8, worker.rawValue)
            mix(reason)
        case .grant(let worker, let grant, _, let count, let devices):
            mix(9, worker.rawValue, grant.rawValue, UInt64(count))
            for device in devices { mix(device) }
        case .item(_, let grant, _, let request, let attempt, let body):
            mix(10, grant.rawValue, request.rawValue, UInt64(attempt), body.rawValue)
        case .revoke(let worker, let grant, let item):
            mix(11, worker.rawValue, grant.rawValue, UInt64(bitPattern: Int64(item ?? -1)))
        case .acknowledge(let worker, let grant, let item):
            mix(12, worker.rawValue, grant.rawValue, UInt64(bitPattern: Int64(item ?? -1)))
        case .drain(let worker): mix(13, worker.rawValue)
        case .reply(let token, let reply):
            if case .done = reply { mix(14, token, 1) } else { mix(14, token, 0) }
        case .notice: mix(15)
        case .store, .repeated: mix(16)
        case .bound(let worker, let devices, _):
            mix(17, worker.rawValue)
            for device in devices { mix(device) }
        case .sample(let devices):
            mix(18)
            for device in devices { mix(device) }
        }
    }
}
