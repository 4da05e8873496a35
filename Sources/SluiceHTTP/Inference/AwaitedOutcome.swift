import Hummingbird
import HummingbirdCore
import NIOCore
import SluiceClient
import SluiceGateway

/// The outcome of a request whose client waits for nothing else.
///
/// Whether a client has left can only be seen by reading on behind its request, and after that its
/// connection cannot be used again. So one that is answered soon is not watched, and keeps its
/// connection; one that waits longer is, and its request is called off when it leaves.
///
/// asked ─outcome→ told;  asked ─a second→ watched ─outcome→ told, the connection spent;
/// watched ─left→ called off
enum AwaitedOutcome {
    private enum Sign: Sendable {
        case outcome(RequestOutcome)
        /// The task that would watch has ended.
        case unwatched
        case left
    }

    /// - Parameter request: of which the body has been read.
    static func of(
        _ asked: DaemonRequest, for request: Request, _ context: GatewayContext
    ) async throws -> RequestOutcome {
        try await withThrowingTaskGroup(of: Sign.self) { group in
            group.addTask { .outcome(try await outcome(of: asked)) }
            group.addTask { await watch(request, context.connection) }
            var found: RequestOutcome?
            while let sign = try await group.next() {
                switch sign {
                case .outcome(let outcome):
                    found = outcome
                    group.cancelAll()
                case .unwatched: break
                case .left: throw Self.clientGone
                }
            }
            guard let found else { throw Self.clientGone }
            return found
        }
    }

    private static func outcome(of asked: DaemonRequest) async throws -> RequestOutcome {
        do {
            for try await update in asked.updates {
                if case .outcome(let outcome) = update { return outcome }
            }
        } catch let error as LinkError {
            throw Refusal(asking: error)
        }
        // Whoever iterates was cancelled.
        throw clientGone
    }

    /// Nobody reads it.
    private static let clientGone = Refusal(499, "client_gone", "the client has left")

    private static func watch(_ request: Request, _ connection: ConnectionUse) async -> Sign {
        do {
            try await Task.sleep(for: .seconds(GatewayLimits.unwatchedSeconds))
        } catch { return .unwatched }
        do {
            try await request.whileClientIsThere(connection) {
                // For as long as it is watched.
                let (stream, continuation) = AsyncStream<Never>.makeStream()
                defer { continuation.finish() }
                for await _ in stream {}
            }
        } catch { return Task.isCancelled ? .unwatched : .left }
        return .unwatched
    }
}
