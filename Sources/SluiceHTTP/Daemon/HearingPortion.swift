import SluiceClient

/// How much the thread takes of what the daemon said before it looks at its commands again: those
/// who wait with one shall not wait for all that others are told.
struct HearingPortion {
    private var updates = 1024
    private var bytes = 4 << 20

    var isTaken: Bool { updates <= 0 || bytes <= 0 }

    mutating func take(_ update: Result<RequestUpdate, ClientError>) {
        updates -= 1
        if case .success(let update) = update { bytes -= update.bytes }
    }
}
