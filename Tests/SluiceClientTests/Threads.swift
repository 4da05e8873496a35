import Foundation
import SluiceSystem
import Synchronization

/// A thread whose end, and whose error, can be waited for.
final class Joining: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let failure = Mutex<(any Error)?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [done, self] in
            do {
                try body()
            } catch {
                failure.withLock { $0 = error }
            }
            done.signal()
        }
    }

    func join() throws {
        guard done.wait(timeout: .now() + 30) == .success else { throw Surprise.timeout }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// Carries a value that cannot be copied into a thread, once.
final class Handed: Sendable {
    private let listener: Mutex<UnixListener?>

    init(_ listener: consuming sending UnixListener) { self.listener = Mutex(consume listener) }

    func take() throws -> UnixListener {
        let taken = listener.withLock { $0.take() }
        guard let taken else { throw Surprise.taken }
        return taken
    }
}
