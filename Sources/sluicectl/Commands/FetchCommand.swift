import ArgumentParser
import SluiceClient
import SluiceModel

struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Wait for what comes of detached requests.",
        usage: "sluicectl fetch [OPTION ...] ID ...",
        discussion: """
            The number is what 'submit --detach' printed. What came of a request is kept for a \
            while, and can be fetched again; of several one is shown after the other.
            """)
    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp("Detached requests, by id.", valueName: "id"),
        completion: Completions.storedRequests)
    var requests: [UInt64]
    @Flag(help: "Show no progress.") var quiet = false

    func run() throws {
        let failures = try fetchAll().map { request, failure in
            requests.count == 1
                ? failure : ToolFailure("request \(request): \(failure.message)", failure.code)
        }
        guard let failure = ToolFailure(all: failures) else { return }
        throw failure
    }

    /// Shows one after the other, so that no more than one result is in memory; says which have
    /// none.
    private func fetchAll() throws -> [(request: RequestID, failure: ToolFailure)] {
        let patience = try options.patience
        let absence = try options.patienceWithAbsence
        var failures: [(request: RequestID, failure: ToolFailure)] = []
        var follower = Follower(json: options.json, quiet: quiet)
        do throws(ClientError) {
            let client = try DataConnection(
                runtimeDirectory: options.runtimeDirectory, name: "sluicectl", patience: patience,
                absence: absence)
            for request in requests.map({ RequestID(rawValue: $0) }) {
                follower = Follower(json: options.json, quiet: quiet, request: request)
                let number = try client.fetch(request, wantsStatus: follower.showsProgress)
                if let failure = try failure(of: number, client, follower) {
                    failures.append((request, failure))
                }
            }
        } catch {
            follower.clear()
            throw ToolFailure(error, in: options.surroundings)
        }
        return failures
    }

    private func failure(
        of number: RequestNumber, _ client: DataConnection, _ follower: Follower
    ) throws(ClientError) -> ToolFailure? {
        do throws(ClientError) {
            try follower.follow(number, on: client)
        } catch {
            guard case .chunksLost = error else { throw error }
            follower.clear()
            return ToolFailure(
                "parts of its result were not kept; it goes on, so fetch it when it has ended",
                .failure)
        }
        return follower.failure
    }
}
