import CSluice
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct SlowReaderTests {
    private static let small = "[daemon]\nmax_outgoing_bytes = \"1MiB\"\n[function.stream]\n"

    @Test("Who stops reading is closed, costs the daemon little memory and others no time")
    func isClosed() throws {
        let daemon = try TestDaemon(configuration: Self.small)
        _ = try EchoWorker(daemon)
        let other = try daemon.client()
        _ = try other.outcome(of: try other.submit("echo", .json("[]")))
        let resident = try daemon.peakResidentBytes

        let slow = try daemon.raw(.client)
        try slow.open()
        try slow.submit("stream")
        let worker = try daemon.worker()
        try worker.declare("stream")
        try worker.ready(slots: 1)
        let grant = try worker.nextGrant()
        try worker.start(grant.id)
        let chunk = Content([UInt8](repeating: 7, count: 64 << 10))
        let clock = ContinuousClock()
        var slowest = Duration.zero
        for sequence in UInt64(0)..<800 {
            try worker.report(grant.id, 0, sequence: sequence, chunk)
            guard sequence % 20 == 0 else { continue }
            slowest = max(
                slowest,
                try clock.measure {
                    let outcome = try other.outcome(of: try other.submit("echo", .json("[]")))
                    #expect(outcome.outcome == .completed)
                })
        }
        // It has read nothing yet, and is gone for the worker all the same.
        #expect(try worker.nextOrder() == .revoke(grant.id, item: 0))
        #expect(slowest < .seconds(2))
        try daemon.expectPeakMemory(below: resident + 16 << 20)
        let farewell = try slow.farewell()
        #expect(farewell.code == Farewell.Code.slowReader.rawValue)
        #expect(farewell.message.contains("max_outgoing_bytes"))
    }

    @Test("A worker that answers before it has read its whole batch is read all the same")
    func answersEarly() throws {
        let daemon = try TestDaemon(
            configuration: """
                [function.work]
                batch = true
                max_batch_size = 16
                max_batch_delay = "30s"
                """)
        let worker = try daemon.raw(.worker)
        try worker.serve("work")
        let large = [UInt8](repeating: 7, count: 1 << 20)
        let client = try daemon.raw(.client)
        try client.open()
        for number in UInt64(1)...16 { try client.submit("work", number, large) }

        // It reads the first item, and then writes more than all buffers on the way hold.
        var first: RawPeer.Message?
        while first == nil, let message = try worker.next() {
            if message.kind == .item { first = message }
        }
        let grant = GrantID(rawValue: try #require(first).id)
        for item in 0..<16 {
            try worker.send { out in
                large.withUnsafeBytes { bytes in
                    WorkerMessage.result(grant, item: item, Payload(nil, .inline(bytes)))
                        .encode(into: &out)
                }
            }
        }
        var outcomes = 0
        while outcomes < 16, let message = try client.next() {
            if message.kind == .outcome { outcomes += 1 }
        }
        #expect(outcomes == 16)
    }

    @Test("Who never reads again is let go with all that waits for it")
    func isLetGo() async throws {
        try await beside {
            let daemon = try TestDaemon(configuration: Self.small)
            let worker = try daemon.worker()
            try worker.declare("stream")
            try worker.ready(slots: 1)
            let before = try daemon.settledDescriptors()
            let slow = try daemon.raw(.client)
            try slow.open()
            try slow.submit("stream")
            let grant = try worker.nextGrant()
            let chunk = Content([UInt8](repeating: 7, count: 64 << 10))
            for sequence in UInt64(0)..<40 {
                try worker.report(grant.id, 0, sequence: sequence, chunk)
            }
            #expect(try worker.nextOrder() == .revoke(grant.id, item: 0))
            #expect(try slow.waitForHangUp())
            try daemon.settle(to: before)
        }
    }

    @Test("A frame of any size is sent, and what comes behind it")
    func largeFrame() throws {
        let daemon = try TestDaemon(configuration: Self.small)
        let worker = try daemon.raw(.worker)
        try worker.serve("stream")
        let client = try daemon.client()
        let numbers = try (0..<2).map { _ in try client.submit("stream", .json("[]")) }
        try client.flush()
        let sizes = [8 << 20, 1]
        for size in sizes {
            let grant = try worker.nextGrant()
            let bytes = [UInt8](repeating: 1, count: size)
            try bytes.withUnsafeBytes { bytes in
                try worker.send { out in
                    WorkerMessage.result(grant, item: 0, Payload(nil, .inline(bytes)))
                        .encode(into: &out)
                }
            }
        }
        try daemon.settle { $0.outcomes.completed == 2 }
        for (number, size) in zip(numbers, sizes) {
            #expect(try client.outcome(of: number).content.bytes.count == size)
        }
    }

    @Test("A batch of any size is given to a worker: it asked for it")
    func largeBatch() throws {
        let daemon = try TestDaemon(
            configuration: Self.small + "batch = true\nmax_batch_size = 32\n")
        let client = try daemon.client()
        let content = Content([UInt8](repeating: 1, count: 200 << 10))
        let numbers = try (0..<64).map { _ in try client.submit("stream", content) }
        try client.flush()
        let settings = FunctionSettings(concurrencyLimit: Limit.none)
        let worker = try EchoWorker(daemon, "stream", slots: 2, settings) { _ in .json("1") }
        for number in numbers { #expect(try client.outcome(of: number).code == "ok") }
        #expect(try daemon.stop() == .code(0))
        #expect(try worker.finish() == 64)
    }

    @Test("Files that wait for a slow reader are bounded, too")
    func files() throws {
        let daemon = try TestDaemon(configuration: "[function.stream]")
        let slow = try daemon.raw(.client)
        try slow.open()
        try slow.submit("stream")
        let worker = try daemon.raw(.worker)
        try worker.serve("stream")
        let grant = try worker.nextGrant()
        let file = sluice_memfd_create("test")
        try #require(sluice_memfd_seal(file) == 0)
        defer { close(file) }
        for sequence in UInt64(0)..<6000 {
            try worker.send(descriptors: [file]) { out in
                let chunk = Chunk(
                    sequence: sequence, payload: Payload(nil, .inDescriptor(size: 0)))
                WorkerMessage.chunk(grant, item: 0, chunk).encode(into: &out)
            }
        }
        while let message = try worker.next(), message.kind != .revoke {}
        #expect(try slow.farewell().message.contains("files"))
        #expect(try daemon.openDescriptors.count < 4200)
    }
}

extension RawPeer {
    /// As a worker of one function, with one slot.
    fileprivate func serve(_ function: String) throws {
        try open()
        try send { out in
            let declaration = FunctionDeclaration(Declaration(function: function))
            WorkerMessage.declare(declaration).encode(into: &out)
            WorkerMessage.ready(slots: 1).encode(into: &out)
        }
    }

    fileprivate func submit(
        _ function: String, _ number: UInt64 = 1, _ payload: [UInt8] = []
    ) throws {
        try send { out in
            payload.withUnsafeBytes { bytes in
                let submit = Submit(function: function, payload: Payload(nil, .inline(bytes)))
                ClientRequest.submit(RequestNumber(rawValue: number), submit).encode(into: &out)
            }
        }
    }

    fileprivate func nextGrant() throws -> GrantID {
        while let message = try next() {
            if message.kind == .grant { return GrantID(rawValue: message.id) }
        }
        throw Surprise("no GRANT")
    }
}
