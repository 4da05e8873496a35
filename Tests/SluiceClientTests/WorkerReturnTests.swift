import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

@Suite("A worker whose daemon goes comes back to it unasked, with what it has in hand")
struct WorkerReturnTests {
    @Test("Declarations, each grant and all that was said of it, and READY last")
    func order() throws {
        let (old, half) = (GrantID(rawValue: 5), GrantID(rawValue: 6))
        let daemon = try FakeDaemon(
            .worker,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2)
                    for name in ["echo", "other"] {
                        guard case .declare = try peer.nextMessage() else { throw Surprise.frame }
                        try peer.order(.declared(.init(function: name, queue: name)))
                    }
                    guard case .ready(2) = try peer.nextMessage() else { throw Surprise.frame }
                    try peer.give(old, ["a", "b", "c"])
                    // STARTED, CHUNK, RESULT of the first and PROGRESS of the second
                    for _ in 0..<4 { _ = try peer.nextMessage() }
                    try peer.order(.acknowledge(old, item: 2))
                    try peer.order(.grant(half, count: 2, function: "echo", devices: []))
                },
                { peer in
                    try peer.welcome(instance: 3)
                    guard case .declare(let first) = try peer.nextMessage(),
                        first.declaration.function == "echo",
                        case .declare(let second) = try peer.nextMessage(),
                        second.declaration.function == "other",
                        case .holding(old, let holding) = try peer.nextMessage(),
                        holding.instance == UniqueID(high: 1, low: 2), holding.function == "echo",
                        holding.items.map(\.request.rawValue) == [0, 1, 0],
                        case .started(old, 0) = try peer.nextMessage(),
                        case .started(old, 1) = try peer.nextMessage(),
                        case .chunk(old, 0, let chunk) = try peer.nextMessage(),
                        chunk.sequence == 0,
                        case .result(old, 0, let payload) = try peer.nextMessage(),
                        case .inline(let bytes) = payload.content, Array(bytes) == Array("A".utf8),
                        case .ready(2) = try peer.nextMessage()
                    else { throw Surprise.frame }
                    for name in ["echo", "other"] {
                        try peer.order(.declared(.init(function: name, queue: name)))
                    }
                    try peer.order(.revoke(old, item: 1))
                    guard case .failed(old, 1, let failure) = try peer.nextMessage(),
                        failure.reason == .stopped
                    else { throw Surprise.frame }
                    try peer.order(.acknowledge(old, item: nil))
                },
            ])
        let worker = try WorkerConnection(
            runtimeDirectory: daemon.directory, absence: Patience(limit: .seconds(20)))
        var returns = 0
        worker.onReturn = { returns += 1 }
        for name in ["echo", "other"] { try worker.declare(name) }
        try worker.ready(slots: 2)
        guard case .grant(let grant) = try worker.nextOrder() else { throw Surprise.frame }
        try worker.start(grant.id, item: 0)
        try worker.report(grant.id, 0, sequence: 0, Content([1]))
        try worker.answer(grant.id, 0, Content(Array("A".utf8)))
        try worker.report(grant.id, 1, Progress(done: 1, total: 2))
        #expect(try worker.nextOrder() == .acknowledge(old, item: 2))
        #expect(try worker.nextOrder() == .revoke(old, item: 1))
        #expect(returns == 1)
        try worker.fail(old, 1, .stopped, message: "")
        #expect(try worker.nextOrder() == .acknowledge(old, item: nil))
        #expect(worker.held.count == 0)
        try daemon.finish()
    }

    @Test("A declaration that was not answered is said again, and answered once")
    func declaring() throws {
        let daemon = try FakeDaemon(
            .worker,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2)
                    guard case .declare = try peer.nextMessage() else { throw Surprise.frame }
                    try peer.order(.declared(.init(function: "echo", queue: "old")))
                    guard case .declare = try peer.nextMessage() else { throw Surprise.frame }
                },
                { peer in
                    try peer.welcome(instance: 3)
                    for queue in ["echo", "new"] {
                        guard case .declare(let said) = try peer.nextMessage() else {
                            throw Surprise.frame
                        }
                        try peer.order(
                            .declared(.init(function: said.declaration.function, queue: queue)))
                    }
                },
            ])
        let worker = try WorkerConnection(
            runtimeDirectory: daemon.directory, absence: Patience(limit: .seconds(20)))
        #expect(try worker.declare("echo").queue == "old")
        #expect(try worker.declare("other") == Declared(function: "other", queue: "new"))
        try daemon.finish()
    }
}
