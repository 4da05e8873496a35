import Dispatch
import SluiceClient
import SluiceModel

/// A worker in a thread of the test that answers each request with its content.
struct EchoWorker {
    private let work: Work<Int>

    /// - Parameter answers: what to answer; nil leaves a request unanswered.
    init(
        _ daemon: TestDaemon, _ function: String = "echo", slots: Int = 1,
        _ settings: FunctionSettings = FunctionSettings(),
        answer: @escaping @Sendable (Content) -> Content = { $0 }
    ) throws {
        let directory = daemon.directory
        let ready = DispatchSemaphore(value: 0)
        work = Work {
            defer { ready.signal() }
            let worker = try WorkerConnection(
                runtimeDirectory: directory, name: "echo", absence: Patience(limit: .zero))
            try worker.declare(function, settings)
            try worker.ready(slots: slots)
            ready.signal()
            return try Self.serve(worker, answer)
        }
        ready.wait()
    }

    /// Waits for the daemon's end, and says how many requests were answered before.
    func finish() throws -> Int { try work.value() }

    /// Serves until the daemon goes, and counts what it answered.
    private static func serve(
        _ worker: WorkerConnection, _ answer: (Content) -> Content
    ) throws -> Int {
        var answered = 0
        while true {
            do throws(ClientError) {
                guard case .grant(let grant) = try worker.nextOrder() else { continue }
                try worker.start(grant.id)
                for item in grant.items {
                    try worker.answer(grant.id, item.index, answer(item.content))
                }
                answered += grant.items.count
            } catch {
                switch error {
                case .notBack: return answered
                default: throw error
                }
            }
        }
    }
}
