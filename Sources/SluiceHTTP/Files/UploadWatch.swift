import SluiceGateway
import Synchronization

/// Tells how uploads go, to whoever named one.
final class UploadWatch: Sendable {
    fileprivate enum Wake: Sendable { case news, heartbeat }

    private let news = Mutex(UploadNews<AsyncStream<Wake>.Continuation>())

    func begin(_ id: String) { news.withLock { $0.begin(id) } }

    func note(_ id: String, _ name: String, _ count: Int) {
        news.withLock { $0.note(id, name, count) }?.yield(.news)
    }

    func end(_ id: String) { news.withLock { $0.end(id) }?.yield(.news) }

    /// Begins to read.
    func read(_ id: String) throws -> UploadReading {
        // News are added up where they are: one wake is as good as many.
        let (wakes, continuation) = AsyncStream.makeStream(
            of: Wake.self, bufferingPolicy: .bufferingNewest(1))
        let refusal = news.withLock { news -> Refusal? in
            do throws(Refusal) {
                try news.watch(id, continuation)
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw APIError(refusal) }
        return UploadReading(id: id, watch: self, wakes: wakes, continuation: continuation)
    }

    fileprivate func take(_ id: String) -> (messages: [Value], isLast: Bool) {
        news.withLock { $0.read(id) }
    }

    fileprivate func leave(_ id: String) { news.withLock { $0.leave(id) } }
}

/// Somebody who reads how an upload goes. Dropped, it reads no more.
final class UploadReading: Sendable {
    private let id: String
    private let watch: UploadWatch
    private let wakes: AsyncStream<UploadWatch.Wake>
    private let continuation: AsyncStream<UploadWatch.Wake>.Continuation

    fileprivate init(
        id: String, watch: UploadWatch, wakes: AsyncStream<UploadWatch.Wake>,
        continuation: AsyncStream<UploadWatch.Wake>.Continuation
    ) {
        self.id = id
        self.watch = watch
        self.wakes = wakes
        self.continuation = continuation
    }

    deinit { watch.leave(id) }

    /// Tells all there is until the upload is done, or has not begun for too long.
    func tell(_ stream: inout EventStream) async throws {
        async let _: Void = beat()
        var quiet = 0
        var hasBegun = false
        // What was said before anybody read.
        continuation.yield(.news)
        for await wake in wakes {
            switch wake {
            case .news:
                let (messages, isLast) = watch.take(id)
                hasBegun = hasBegun || !messages.isEmpty
                for message in messages { try await stream.send(message.json) }
                if isLast { return }
            case .heartbeat:
                quiet += GatewayLimits.heartbeatSeconds
                let isLate = !hasBegun && quiet >= GatewayLimits.uploadWaitSeconds
                try await stream.send(Value.object(["msg": isLate ? "done" : "heartbeat"]).json)
                if isLate { return }
            }
        }
    }

    private func beat() async {
        let pause = Duration.seconds(GatewayLimits.heartbeatSeconds)
        while (try? await Task.sleep(for: pause)) != nil { continuation.yield(.heartbeat) }
    }
}
