import SluiceClient

@testable import SluiceGateway

extension RequestTable {
    mutating func take(
        _ update: RequestUpdate, of key: Key, at now: ContinuousClock.Instant
    ) {
        take(ToldUpdate(update), of: key, at: now)
    }
}
