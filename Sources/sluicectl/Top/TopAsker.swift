import SluiceClient
import SluiceSystem

/// What the screen wants from the daemon.
enum TopQuestion: Sendable {
    case sample(detail: String?)
    case change(TopChange)
}

/// What reaches the screen from its other threads.
enum TopEvent: Sendable {
    case sample(Result<TopSample, ToolFailure>)
    case changed(TopChange, Result<String, ToolFailure>)
    case signal(CInt)
}

/// Asks the daemon, in a thread of its own: one that is slow, stopped or hung keeps this thread
/// waiting and nobody else, and keys do what they do. When it comes to itself, so does the screen.
///
/// The thread ends with the process, whatever it waits for.
struct TopAsker {
    private let questions: Mailbox<TopQuestion>

    init(runtimeDirectory: String?, events: Mailbox<TopEvent>) throws(SystemError) {
        let questions = try Mailbox<TopQuestion>()
        _ = try BackgroundThread {
            var connection = Reconnecting(runtimeDirectory: runtimeDirectory)
            var taken: [TopQuestion] = []
            while true {
                questions.wait()
                questions.drain(into: &taken)
                for question in taken { events.post(connection.answer(question)) }
                taken.removeAll()
            }
        }
        self.questions = questions
    }

    func ask(_ question: TopQuestion) { questions.post(question) }
}

/// A connection that is made when it is needed, and again after it broke.
private struct Reconnecting {
    let runtimeDirectory: String?
    private var control: ControlConnection?

    init(runtimeDirectory: String?) { self.runtimeDirectory = runtimeDirectory }

    mutating func answer(_ question: TopQuestion) -> TopEvent {
        switch question {
        case .sample(let detail):
            .sample(ask { control throws(ClientError) in try control.topSample(detail: detail) })
        case .change(let change):
            .changed(change, ask { control throws(ClientError) in try control.make(change) })
        }
    }

    private mutating func ask<Answer>(
        _ question: (ControlConnection) throws(ClientError) -> Answer
    ) -> Result<Answer, ToolFailure> {
        do throws(ClientError) {
            return .success(try question(try connected()))
        } catch {
            // After a refusal the connection is as good as before.
            if case .refused = error {} else { control = nil }
            return .failure(ToolFailure(error, in: .here(runtimeDirectory)))
        }
    }

    private mutating func connected() throws(ClientError) -> ControlConnection {
        if let control { return control }
        let new = try ControlConnection(runtimeDirectory: runtimeDirectory)
        control = new
        return new
    }
}
