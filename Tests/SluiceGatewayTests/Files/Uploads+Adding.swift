import SluiceModel

@testable import SluiceGateway

extension Uploads where File == Int {
    /// A file that comes in one piece, and what it is called then; or nothing of it.
    ///
    /// - Parameter number: what it is known by here.
    mutating func add(
        _ number: Int, of holder: Holder, size: Int = 1, isAnswer: Bool = false, at now: Instant
    ) throws(Refusal) -> UploadPath {
        let random = (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 * 8 % 64)) }
        let path = UploadPath(random: random, name: "a")
        try begin(for: holder, at: now)
        do throws(Refusal) { try grow(by: size, for: holder, at: now) } catch {
            abandon(bytes: 0, of: holder)
            throw error
        }
        complete(
            Upload(
                path, contentType: "text/plain", size: size, isAnswer: isAnswer, holder: holder,
                file: number, at: now))
        return path
    }
}
