import Glibc

/// A thread for what must block: it sleeps in the kernel until there is something to do, and wakes
/// for nothing else. A pool's threads would come and go, which an idle daemon shows.
public struct BackgroundThread: ~Copyable {
    private let thread: pthread_t

    public init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { box in
                guard let box else { return nil }
                Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemError("pthread_create", code: code)
        }
        self.thread = thread
    }

    /// Lets it end by itself: nobody waits for the body.
    public consuming func detach() { pthread_detach(thread) }

    /// Waits until the body has returned. To be called once.
    public consuming func join() { pthread_join(thread, nil) }
}

private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
