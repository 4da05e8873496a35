import NIOCore
import SluiceGateway

/// Who reads a session: its messages as they come, signs of life, and the end. It reads from the
/// moment it is made, so that the session is not gone before it is told anything; dropped, it reads
/// no more.
final class GradioReader: Sendable {
    private let desk: GradioDesk
    private let live: GradioLive
    private let name: GradioDesk.Name
    private let reader: Int
    private let bell: AsyncStream<Void>

    init(_ desk: GradioDesk, _ live: GradioLive, _ name: GradioDesk.Name) {
        self.desk = desk
        self.live = live
        self.name = name
        (reader, bell) = live.attach()
    }

    deinit { desk.leave(name, live, reader) }

    /// Returns at the end; throws when the client goes.
    func tell(_ stream: inout EventStream) async throws {
        defer { desk.leave(name, live, reader) }
        let (live, reader) = (live, reader)
        // What goes on beside the stream ends with it, and says nothing of that.
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            group.addTask { await live.beats(reader) }
            try await tell(&stream) {
                group.addTask { await live.linger(reader) }
            }
        }
    }

    private func tell(_ stream: inout EventStream, linger: () -> Void) async throws {
        for await _ in bell {
            reading: while true {
                switch live.take(reader) {
                case .messages(let messages):
                    try await stream.send(events: ByteBuffer(bytes: messages))
                case .nothing: break reading
                case .lull:
                    linger()
                    break reading
                case .over:
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
