import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

extension Peer {
    mutating func nextMessage() throws -> WorkerMessage {
        try WorkerMessage(try nextFrame(), &strings)
    }

    func order(_ order: WorkerOrder) throws {
        try send { out in order.encode(into: &out) }
    }

    func give(_ grant: GrantID, _ texts: [String], on devices: [String] = []) throws {
        try order(.grant(grant, count: texts.count, function: "echo", devices: devices))
        for (index, text) in texts.enumerated() {
            try Array(text.utf8).withUnsafeBytes { bytes in
                let item = GrantedItem(
                    index: index, attempt: 1, request: RequestID(rawValue: UInt64(index)),
                    payload: Payload("text/plain", .inline(bytes)))
                try order(.item(grant, item))
            }
        }
    }
}

@Suite("A worker's connection")
struct WorkerConnectionTests {
    @Test("A worker declares, takes whole batches, answers each item, and drains")
    func life() throws {
        let grant = GrantID(rawValue: 5)
        let daemon = try FakeDaemon(.worker) { peer in
            try peer.welcome()
            guard case .declare(let said) = try peer.nextMessage(),
                said.declaration.settings.maxBatchSize == 4
            else { throw Surprise.frame }
            // A worker that is known already may get an order before its answer.
            try peer.order(.drain)
            try peer.order(.declared(.init(function: "echo", queue: "gpu", warning: "w")))
            guard case .ready(2) = try peer.nextMessage() else { throw Surprise.frame }
            try peer.give(grant, ["a", "b"])
            guard case .started(grant, nil) = try peer.nextMessage(),
                case .result(grant, 0, let payload) = try peer.nextMessage(),
                case .inline(let bytes) = payload.content, Array(bytes) == Array("A".utf8),
                case .failed(grant, 1, let failure) = try peer.nextMessage(),
                failure.reason == .raised, failure.message == "no"
            else { throw Surprise.frame }
            try peer.order(.acknowledge(grant, item: nil))
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory, name: "echo")
        var settings = FunctionSettings()
        settings.maxBatchSize = 4
        let declared = try worker.declare("echo", settings)
        #expect(declared == Declared(function: "echo", queue: "gpu", warning: "w"))
        try worker.ready(slots: 2)
        #expect(try worker.nextOrder() == .drain)
        guard case .grant(let batch) = try worker.nextOrder() else { throw Surprise.frame }
        #expect(batch.items.map(\.content.text) == ["a", "b"])
        #expect(batch.items.map(\.content.type) == ["text/plain", "text/plain"])
        try worker.start(batch.id)
        try worker.answer(batch.id, 0, Content(Array("A".utf8)))
        try worker.fail(batch.id, 1, message: "no")
        #expect(try worker.nextOrder() == .acknowledge(grant, item: nil))
        try daemon.finish()
    }

    @Test("A worker names that it takes PAUSE, and waits for the reader until RESUME")
    func pauses() throws {
        let grant = GrantID(rawValue: 5)
        let daemon = try FakeDaemon(.worker) { peer in
            guard try peer.welcome().features == [.pausing, .devices] else { throw Surprise.frame }
            try peer.give(grant, ["a", "b"])
            try peer.order(.pause(grant, item: 0))
            guard case .chunk(grant, 1, _) = try peer.nextMessage() else { throw Surprise.frame }
            // Waiting, it says what it had to say and nothing of the item that is to wait.
            try peer.order(.acknowledge(grant, item: 1))
            try peer.order(.resume(grant, item: 0))
            guard case .chunk(grant, 0, _) = try peer.nextMessage() else { throw Surprise.frame }
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory)
        guard case .grant = try worker.nextOrder() else { throw Surprise.frame }
        // The other item is not concerned. Only what is said of it, once PAUSE is here, has RESUME
        // sent: both at once would look as if neither had come.
        while !worker.held.isPaused(grant, item: 0) { try worker.waitForReader(of: grant, 1) }
        try worker.waitForReader(of: grant, 1)
        try worker.report(grant, 1, sequence: 0, Content([1]))
        try worker.waitForReader(of: grant, 0)
        #expect(!worker.held.isPaused(grant, item: 0))
        try worker.report(grant, 0, sequence: 0, Content([0]))
        try worker.flush()
        #expect(try worker.nextOrder() == .acknowledge(grant, item: 1))
        try daemon.finish()
    }

    @Test("REVOKE ends the wait for a reader, and is still told")
    func revokedWhilePaused() throws {
        let grant = GrantID(rawValue: 5)
        let daemon = try FakeDaemon(.worker) { peer in
            try peer.welcome()
            try peer.give(grant, ["a", "b"])
            try peer.order(.pause(grant, item: 0))
            guard case .progress(grant, 1, _) = try peer.nextMessage() else {
                throw Surprise.frame
            }
            try peer.order(.revoke(grant, item: nil))
            // Open until the worker has heard it.
            guard case .failed = try peer.nextMessage() else { throw Surprise.frame }
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory)
        guard case .grant = try worker.nextOrder() else { throw Surprise.frame }
        while !worker.held.isPaused(grant, item: 0) { try worker.waitForReader(of: grant, 1) }
        try worker.report(grant, 1, Progress(done: 1, total: 2))
        try worker.waitForReader(of: grant, 0)
        #expect(try worker.nextOrder() == .revoke(grant, item: nil))
        try worker.fail(grant, 0, .stopped, message: "")
        try worker.flush()
        try daemon.finish()
    }

    @Test("A connection that ends takes its pauses along: the next one says what is to wait")
    func pausesEnd() throws {
        let grant = GrantID(rawValue: 5)
        let daemon = try FakeDaemon(
            .worker,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2)
                    try peer.give(grant, ["a", "b"])
                    try peer.order(.pause(grant, item: 0))
                    guard case .progress(grant, 1, _) = try peer.nextMessage() else {
                        throw Surprise.frame
                    }
                },
                { peer in
                    guard try peer.welcome(instance: 3).features == [.pausing, .devices],
                        case .holding = try peer.nextMessage(),
                        case .started(grant, 1) = try peer.nextMessage(),
                        case .chunk(grant, 0, _) = try peer.nextMessage()
                    else { throw Surprise.frame }
                },
            ])
        let worker = try WorkerConnection(
            runtimeDirectory: daemon.directory, absence: Patience(limit: .seconds(20)))
        guard case .grant = try worker.nextOrder() else { throw Surprise.frame }
        while !worker.held.isPaused(grant, item: 0) { try worker.waitForReader(of: grant, 1) }
        try worker.report(grant, 1, Progress(done: 1, total: 2))
        try worker.waitForReader(of: grant, 0)
        #expect(!worker.held.isPaused(grant, item: 0))
        try worker.report(grant, 0, sequence: 0, Content([0]))
        try worker.flush()
        try daemon.finish()
    }

    @Test("A grant whose items do not follow breaks the protocol")
    func brokenGrant() throws {
        let daemon = try FakeDaemon(.worker) { peer in
            try peer.welcome()
            try peer.order(.grant(GrantID(rawValue: 1), count: 2, function: "echo", devices: []))
            try peer.order(.drain)
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory)
        #expect(throws: ClientError.protocolViolation("GRANT without its ITEM 0")) {
            try worker.nextOrder()
        }
        try daemon.finish()
    }
}
