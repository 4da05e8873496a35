import Foundation
import Synchronization

/// Work in a thread of its own, whose end can be waited for. It is where tests wait, so that they
/// do not take the few threads that run tests from the others.
final class Work<Value: Sendable>: Sendable {
    private let done = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<Value, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Value) {
        Thread.detachNewThread { [self] in
            let result = Result { try body() }
            self.result.withLock { $0 = result }
            done.signal()
        }
    }

    func value() throws -> Value {
        guard done.wait(timeout: .now() + 60) == .success else { throw Surprise("still at work") }
        guard let result = result.withLock({ $0 }) else { throw Surprise("no result") }
        return try result.get()
    }
}

/// Runs a test that takes long by its nature beside the others.
func beside<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
