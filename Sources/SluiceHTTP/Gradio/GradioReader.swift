import NIOCore
import SluiceGateway

/// Who reads a session: its messages as they come, signs of life, and the end.
struct GradioReader {
    let desk: GradioDesk
    let live: GradioLive
    let name: GradioDesk.Name

    /// Returns at the end; throws when the client goes.
    func tell(_ stream: inout EventStream) async throws {
        let (reader, bell) = live.attach()
        defer { desk.leave(name, live, reader) }
        let live = live
        // What goes on beside the stream ends with it, and says nothing of that.
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            group.addTask { await live.beats(reader) }
            try await tell(&stream, reader, bell) {
                group.addTask { await live.linger(reader) }
            }
        }
    }

    private func tell(
        _ stream: inout EventStream, _ reader: Int, _ bell: AsyncStream<Void>,
        linger: () -> Void
    ) async throws {
        var isLingering = false
        for await _ in bell {
            reading: while true {
                switch live.take(reader) {
                case .messages(let messages):
                    try await stream.send(events: ByteBuffer(bytes: messages))
                case .nothing:
                    isLingering = false
                    break reading
                case .idle(isOver: false):
                    if !isLingering { linger() }
                    isLingering = true
                    break reading
                case .idle(isOver: true):
                    guard desk.close(name, live, reader) else { continue }
                    guard live.manner == .queue else { return }
                    return try await stream.send(
                        events: ByteBuffer(bytes: GradioNotice.closeStream))
                case .replaced: return
                }
            }
        }
        try Task.checkCancellation()
    }
}
