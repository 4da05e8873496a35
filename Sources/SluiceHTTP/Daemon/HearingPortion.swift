import SluiceClient

/// How much the thread takes of what the daemon said before it looks at its commands again: those
/// who wait with one shall not wait for all that others are told.
struct HearingPortion {
    private var looks = 1024
    private var bytes = 4 << 20

    /// Whether to look for another update; also where nobody wants what was found.
    mutating func look() -> Bool {
        guard looks > 0, bytes > 0 else { return false }
        looks -= 1
        return true
    }

    mutating func take(_ update: Result<RequestUpdate, ClientError>) {
        if case .success(let update) = update { bytes -= update.bytes }
    }
}
