import SluiceClient
import SluiceGateway
import SluiceSystem
import SluiceWire

/// Calls to the daemon's control socket, which wait, on a thread of its own: one after the other.
public final class ControlDesk: Sendable {
    /// What a call finds: a connection that is made when it is first asked for.
    typealias Work = @Sendable (inout Line) -> Void

    private let mailbox: Mailbox<Work?>

    public init(runtimeDirectory: String? = nil) throws(SystemError) {
        let mailbox = try Mailbox<Work?>()
        self.mailbox = mailbox
        _ = try BackgroundThread {
            var line = Line(runtimeDirectory: runtimeDirectory)
            var taken: [Work?] = []
            while true {
                mailbox.wait()
                mailbox.drain(into: &taken)
                for work in taken {
                    guard let work else { return }
                    work(&line)
                }
                taken.removeAll(keepingCapacity: true)
            }
        }
    }

    deinit { mailbox.post(nil) }

    /// Does what makes calls; twice, where the daemon closed the connection since the last time.
    ///
    /// - Throws: `ClientError`; `notRunning` and `silent` where no daemon answers within two
    ///   seconds.
    public func ask<Answer: Sendable>(
        _ question: @escaping @Sendable (ControlConnection) throws(ClientError) -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            mailbox.post { line in
                do throws(ClientError) {
                    continuation.resume(returning: try line.ask(question))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

/// The connection, if there is one.
struct Line {
    let runtimeDirectory: String?
    private var connection: ControlConnection?
    /// Whether one who asked found the daemon silent.
    private var silence = Silence()

    init(runtimeDirectory: String?) { self.runtimeDirectory = runtimeDirectory }

    mutating func ask<Answer>(
        _ question: (ControlConnection) throws(ClientError) -> Answer
    ) throws(ClientError) -> Answer {
        if let error = silence.verdict(at: .now) { throw error }
        do throws(ClientError) {
            return try answer(question)
        } catch {
            silence.note(error, at: .now)
            throw error
        }
    }

    private mutating func answer<Answer>(
        _ question: (ControlConnection) throws(ClientError) -> Answer
    ) throws(ClientError) -> Answer {
        if let connection {
            do throws(ClientError) {
                return try question(connection)
            } catch {
                if case .refused = error { throw error }
                if case .unsupported = error { throw error }
                self.connection = nil
                guard case .closed = error else { throw error }
            }
        }
        let made = try ControlConnection(
            runtimeDirectory: runtimeDirectory, patience: Patience(limit: .seconds(2)))
        let answer = try question(made)
        connection = made
        return answer
    }
}
