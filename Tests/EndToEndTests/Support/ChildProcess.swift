import CSluice
import Foundation
import Glibc
import SluiceSystem
import Synchronization

/// A process of the test's own, with what it prints in our hand. It ends with this value.
final class ChildProcess {
    let output: Output
    let errors: Output
    let child: Child
    private let handle: Descriptor

    /// - Parameter words: the program, by its path or found in `PATH`, and its arguments.
    init(
        _ words: [String], environment: [String: String] = [:],
        within limit: Duration = .seconds(50)
    ) throws {
        let output = try StreamPair()
        let errors = try StreamPair()
        let id = try spawn(
            words, environment, output: output.far.number, errors: errors.far.number)
        child = Child(id: id)
        handle = Descriptor(adopting: sluice_pidfd_open(id))
        self.output = Output(output.keepNear())
        self.errors = Output(errors.keepNear())
        // A test that waits for what never comes ends with the process that does not give it.
        let end = DispatchTime.now() + .seconds(Int(limit.components.seconds))
        DispatchQueue.global().asyncAfter(deadline: end) { [weak child] in child?.send(SIGKILL) }
    }

    var id: pid_t { child.id }

    var isRunning: Bool {
        get throws { child.isReaped ? false : try !isReadable(handle.number, within: .zero) }
    }

    func send(_ signal: Int32) { child.send(signal) }

    @discardableResult
    func waitForEnd() throws -> Child.End {
        if !child.isReaped {
            guard try isReadable(handle.number, within: patience) else {
                throw Surprise("process \(id) does not end; it said:\n\(try errors.soFar())")
            }
        }
        return child.reap()
    }

    /// Ends it without asking.
    func end() {
        child.send(SIGKILL)
        _ = child.reap()
    }

    deinit { end() }
}

/// The process itself: until it was reaped its id is its own, and a signal cannot go astray.
final class Child: Sendable {
    enum End: Hashable { case code(Int32), signal(Int32) }

    let id: pid_t
    private let end = Mutex<End?>(nil)

    init(id: pid_t) { self.id = id }

    var isReaped: Bool { end.withLock { $0 != nil } }

    func send(_ signal: Int32) {
        end.withLock { end in
            guard end == nil else { return }
            Glibc.kill(id, signal)
        }
    }

    /// Waits for it, once.
    func reap() -> End {
        end.withLock { end in
            if let end { return end }
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            let new = signal == 0 ? End.code((status >> 8) & 0xff) : .signal(signal)
            end = new
            return new
        }
    }
}

/// Two ends of a stream, which other children do not inherit.
private struct StreamPair: ~Copyable {
    let near: Descriptor
    let far: Descriptor

    init() throws {
        var ends: [CInt] = [0, 0]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
        near = Descriptor(adopting: ends[0])
        far = Descriptor(adopting: ends[1])
    }

    consuming func keepNear() -> Descriptor { near }
}
