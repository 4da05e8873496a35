import Glibc
import SluiceClient
import SluiceModel
import SluiceWire

/// Shows a request on its way: progress on standard error while a person looks, partial results
/// and the result on standard output.
final class Follower {
    private let json: Bool
    let showsProgress: Bool
    private let style = Terminal.style(of: STDERR_FILENO)
    private(set) var request: RequestID?
    /// The latest partial result: that of a stream is its result, too, and shown already.
    private var shown: Content?
    private(set) var failure: ToolFailure?

    /// - Parameter request: its number, where that is known before.
    init(json: Bool, quiet: Bool, request: RequestID? = nil) {
        self.json = json
        self.request = request
        showsProgress = !json && !quiet && isatty(STDERR_FILENO) == 1
    }

    /// Waits for the outcome and shows it, and what comes before it.
    func follow(_ number: RequestNumber, on client: DataConnection) throws(ClientError) {
        client.onReturn = { self.noteReturn() }
        finish(try client.outcome(of: number) { show($0) })
    }

    /// Waits until a request is stored and shows by which number it is fetched, or its outcome
    /// where it has one before.
    func followUntilStored(
        _ number: RequestNumber, on client: DataConnection
    ) throws(ClientError) {
        client.onReturn = { self.noteReturn() }
        while request == nil {
            let update = try client.nextUpdate().1
            if case .outcome(let outcome) = update { return finish(outcome) }
            show(update)
        }
        clear()
        guard let request else { return }
        Terminal.print(json ? "{\"request\":\(request)}\n" : "\(request)\n")
    }

    private func show(_ update: RequestUpdate) {
        if case .admitted(let id, _, _) = update { request = id }
        if case .chunk(let sequence, let content) = update {
            clear()
            Terminal.print(
                json ? Array(chunkJSON(sequence, content).utf8) : printable(content))
            shown = content
        }
        if let remark = remark(update, style: style) {
            clear()
            Terminal.complain(remark)
        }
        if showsProgress, let line = progressLine(update) {
            clear()
            // A line that wraps could not be wiped.
            let room = style.width.map { max(0, $0 - 1) } ?? line.count
            Terminal.complain(style.paint(String(line.prefix(room)), .faint))
        }
    }

    /// The daemon went and is back, and the request with it.
    private func noteReturn() {
        guard showsProgress else { return }
        clear()
        Terminal.complain("sluicectl: sluiced went and is back\n")
    }

    private func finish(_ outcome: RequestOutcome) {
        clear()
        failure = complaint(outcome)
        if json { return Terminal.print(outcomeJSON(outcome, request: request)) }
        guard failure == nil, outcome.content != shown else { return }
        guard isText(outcome.content) || isatty(STDOUT_FILENO) == 0 else {
            let size = size(outcome.content.bytes.count)
            return Terminal.complain(
                "The result is \(size) that are no text; send standard output to a file.\n")
        }
        Terminal.print(printable(outcome.content))
    }

    /// Wipes the line of progress.
    func clear() {
        if showsProgress { Terminal.complain(Terminal.lineStart) }
    }
}
