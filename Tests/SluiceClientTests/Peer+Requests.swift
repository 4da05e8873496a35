import SluiceModel
import SluiceWire

// What a daemon hears and says of requests.

extension Peer {
    mutating func nextSubmit() throws -> (number: UInt64, submit: Submit) {
        guard case .submit(let number, let submit) = try nextRequest() else {
            throw Surprise.frame
        }
        return (number.rawValue, submit)
    }

    mutating func nextFetch() throws -> (number: UInt64, fetch: Fetch) {
        guard case .fetch(let number, let fetch) = try nextRequest() else {
            throw Surprise.frame
        }
        return (number.rawValue, fetch)
    }

    func admit(_ number: UInt64, as request: UInt64, ticket: UInt8) throws {
        let ticket = [ticket].withUnsafeBytes { Ticket(checked: $0) }
        try say(
            .admitted(
                RequestNumber(rawValue: number),
                Admitted(request: RequestID(rawValue: request), ticket: ticket)))
    }

    func start(_ number: UInt64, attempt: Int = 1) throws {
        try say(.started(RequestNumber(rawValue: number), attempt: attempt))
    }

    func chunk(_ number: UInt64, _ sequence: UInt64) throws {
        try say(
            .chunk(
                RequestNumber(rawValue: number), Chunk(sequence: sequence, payload: .empty)))
    }
}
