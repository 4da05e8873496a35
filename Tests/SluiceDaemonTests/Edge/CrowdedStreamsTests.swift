import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("Chunks that a client does not read are not made")
struct CrowdedStreamsTests {
    /// A client with requests that a worker streams, a chunk of 64 KiB at a time.
    private final class Scene {
        var lab: EdgeLab
        let client: LinkPeer
        let worker: LinkPeer
        var grants: [UInt64] = []
        private var sequence: UInt64 = 0
        private let chunk = [UInt8](repeating: 7, count: 64 << 10)

        init(_ features: Features = .pausing, streams: UInt64 = 1) throws {
            lab = try EdgeLab()
            client = try lab.join()
            worker = try lab.join(.worker, features)
            try worker.send { out in
                var settings = FunctionSettings()
                settings.concurrencyLimit = Limit.none
                let declaration = Declaration(function: "f", settings: settings)
                WorkerMessage.declare(FunctionDeclaration(declaration)).encode(into: &out)
                WorkerMessage.ready(slots: 8).encode(into: &out)
            }
            try client.submit(1...streams)
            try lab.turn()
            try lab.turn()
            grants = try worker.all().filter { $0.kind == .grant }.map(\.id)
            guard grants.count == streams else { throw Unexpected() }
        }

        var unsent: Int { lab.unsent() }
        var remembersStreams: Bool { lab.remembersStreams() }
        var clients: Int { lab.clients }

        func stream(_ grant: Int = 0) throws {
            let (id, number) = (GrantID(rawValue: grants[grant]), sequence)
            sequence += 1
            try chunk.withUnsafeBytes { bytes in
                try worker.send { out in
                    let chunk = Chunk(sequence: number, payload: Payload(nil, .inline(bytes)))
                    WorkerMessage.chunk(id, item: 0, chunk).encode(into: &out)
                }
            }
            try lab.turn()
        }

        /// Streams until the worker is told something.
        func streamUntilTold(_ grant: Int = 0) throws -> [LinkPeer.Message] {
            for _ in 0..<64 {
                try stream(grant)
                let told = try worker.all()
                if !told.isEmpty { return told }
            }
            return []
        }

        /// The client takes all there is.
        func read() throws -> Int {
            var chunks = 0
            while true {
                let messages = try client.all()
                chunks += messages.count { $0.kind == .chunk }
                try lab.turn()
                if messages.isEmpty, lab.unsent() == 0 { return chunks }
            }
        }
    }

    private func pause(_ grant: UInt64) -> LinkPeer.Message { .init(kind: .pause, id: grant) }
    private func resume(_ grant: UInt64) -> LinkPeer.Message { .init(kind: .resume, id: grant) }

    @Test("Above 256 KiB the item is told PAUSE, once; at half of it, RESUME, and nothing is left")
    func bound() throws {
        let scene = try Scene()
        let grant = scene.grants[0]
        #expect(try scene.streamUntilTold() == [pause(grant)])
        #expect(scene.unsent > 256 << 10)
        #expect(scene.unsent <= 256 << 10 + 65 << 10)
        // What was on its way comes after it, and changes nothing.
        try scene.stream()
        #expect(try scene.worker.all() == [])
        // Taking a little is not enough.
        _ = try scene.client.take(atLeast: 4096)
        try scene.lab.turn()
        #expect(try scene.worker.all() == [])
        #expect(scene.unsent > 128 << 10)
        while scene.unsent > 128 << 10 {
            _ = try scene.client.take(atLeast: 4096)
            try scene.lab.turn()
        }
        #expect(try scene.worker.all() == [resume(grant)])
        #expect(!scene.remembersStreams)
    }

    @Test("Whoever reads is not waited for, and gets everything")
    func reads() throws {
        let scene = try Scene()
        var chunks = 0
        for _ in 0..<64 {
            try scene.stream()
            chunks += try scene.read()
        }
        #expect(chunks == 64)
        #expect(try scene.worker.all() == [])
        #expect(!scene.remembersStreams)
    }

    @Test("Each stream to the client is paused when it has something to say, and all go on")
    func several() throws {
        let scene = try Scene(streams: 3)
        #expect(try scene.streamUntilTold(0) == [pause(scene.grants[0])])
        #expect(try scene.streamUntilTold(1) == [pause(scene.grants[1])])
        _ = try scene.read()
        let told = Set(try scene.worker.all())
        #expect(told == [resume(scene.grants[0]), resume(scene.grants[1])])
    }

    @Test("A worker that did not name the feature is told nothing")
    func unnamed() throws {
        let scene = try Scene([])
        #expect(try scene.streamUntilTold() == [])
        #expect(scene.unsent > 1 << 20)
        _ = try scene.read()
        #expect(try scene.worker.all() == [])
    }

    @Test("REVOKE ends a pause: a cancelled request is not told RESUME, and is forgotten")
    func cancelled() throws {
        let scene = try Scene()
        let grant = scene.grants[0]
        #expect(try scene.streamUntilTold() == [pause(grant)])
        try scene.client.send { out in
            ClientRequest.cancel(RequestNumber(rawValue: 1)).encode(into: &out)
        }
        try scene.lab.turn()
        #expect(try scene.worker.all() == [.init(kind: .revoke, id: grant)])
        #expect(!scene.remembersStreams)
        _ = try scene.read()
        #expect(try scene.worker.all() == [])
    }

    @Test("An answer ends a pause, too")
    func answered() throws {
        let scene = try Scene()
        let grant = GrantID(rawValue: scene.grants[0])
        #expect(try scene.streamUntilTold() == [pause(grant.rawValue)])
        try scene.worker.send { out in
            [UInt8]().withUnsafeBytes { bytes in
                WorkerMessage.result(grant, item: 0, Payload(nil, .inline(bytes)))
                    .encode(into: &out)
            }
        }
        try scene.lab.turn()
        #expect(!scene.remembersStreams)
        _ = try scene.read()
        #expect(try !scene.worker.all().contains { $0.kind == .resume })
    }

    @Test("A client that leaves has its paused items revoked")
    func left() throws {
        let scene = try Scene()
        let grant = scene.grants[0]
        #expect(try scene.streamUntilTold() == [pause(grant)])
        scene.client.close()
        try scene.lab.turn()
        try scene.lab.turn()
        #expect(try scene.worker.all() == [.init(kind: .revoke, id: grant)])
    }

    @Test("A worker that leaves is forgotten with the outcome of its request")
    func workerLeft() throws {
        let scene = try Scene()
        #expect(try scene.streamUntilTold() == [pause(scene.grants[0])])
        scene.worker.close()
        try scene.lab.turn()
        try scene.lab.turn()
        // Chunks were sent, so it is not run again.
        #expect(!scene.remembersStreams)
        #expect(scene.clients == 1)
    }
}
