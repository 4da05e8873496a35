import SluiceGateway
import Synchronization

/// Tells how uploads go, to whoever named one.
final class UploadWatch: Sendable {
    private let news = Mutex(UploadNews<UploadBell>())

    func begin(_ id: String) { news.withLock { $0.begin(id) } }

    func note(_ id: String, _ name: String, _ count: Int) {
        news.withLock { $0.note(id, name, count) }?.ring(\.hasNews)
    }

    func end(_ id: String) { news.withLock { $0.end(id) }?.ring(\.hasNews) }

    /// Begins to read.
    func read(_ id: String) throws -> UploadReading {
        let bell = UploadBell()
        let refusal = news.withLock { news -> Refusal? in
            do throws(Refusal) {
                try news.watch(id, bell)
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw refusal }
        return UploadReading(id: id, watch: self, bell: bell)
    }

    fileprivate func take(_ id: String) -> (messages: [Value], isLast: Bool) {
        news.withLock { $0.read(id) }
    }

    fileprivate func leave(_ id: String) { news.withLock { $0.leave(id) } }
}

/// Wakes a reader. What for is kept apart from the waking, of which one is as good as many: so no
/// cause takes the place of another.
final class UploadBell: Sendable {
    struct Causes {
        /// What was said before anybody read is among them.
        var hasNews = true
        var isHeartbeatDue = false
    }

    fileprivate let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let causes = Mutex(Causes())

    init() {
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        wake.yield()
    }

    func ring(_ cause: WritableKeyPath<Causes, Bool> & Sendable) {
        causes.withLock { $0[keyPath: cause] = true }
        wake.yield()
    }

    fileprivate func take() -> Causes {
        causes.withLock { causes in
            defer { causes = Causes(hasNews: false) }
            return causes
        }
    }
}

/// Somebody who reads how an upload goes. Dropped, it reads no more.
final class UploadReading: Sendable {
    private let id: String
    private let watch: UploadWatch
    let bell: UploadBell

    fileprivate init(id: String, watch: UploadWatch, bell: UploadBell) {
        self.id = id
        self.watch = watch
        self.bell = bell
    }

    deinit { watch.leave(id) }

    /// Tells all there is until the upload is done, or has not begun for too long.
    func tell(_ stream: inout EventStream) async throws {
        async let _: Void = beat()
        try await tell { message in try await stream.send(message.json) }
    }

    func tell(_ send: (Value) async throws -> Void) async throws {
        var quiet = 0
        var hasBegun = false
        for await _ in bell.wakes {
            let causes = bell.take()
            if causes.hasNews {
                let (messages, isLast) = watch.take(id)
                hasBegun = hasBegun || !messages.isEmpty
                for message in messages { try await send(message) }
                if isLast { return }
            }
            if causes.isHeartbeatDue {
                quiet += GatewayLimits.heartbeatSeconds
                let isLate = !hasBegun && quiet >= GatewayLimits.uploadWaitSeconds
                try await send(.object(["msg": isLate ? "done" : "heartbeat"]))
                if isLate { return }
            }
        }
    }

    private func beat() async {
        let pause = Duration.seconds(GatewayLimits.heartbeatSeconds)
        while (try? await Task.sleep(for: pause)) != nil { bell.ring(\.isHeartbeatDue) }
    }
}
