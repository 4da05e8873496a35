import CSluice
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct HostilePeerTests {
    /// A peer that passes files and then does not do what it began.
    enum Guest: CaseIterable {
        case leavesInsideFrame, leavesWithRequests, passesTooFew, passesTooMany, passesNoFile
        case liesAboutSize, saysNoHello, goesOnAfterError, floods, streamsAndLeaves
    }

    @Test("However peers that pass files break off, the daemon has none of them left open")
    func descriptors() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\n[function.stream]\n")
        let client = try daemon.client()
        _ = try EchoWorker(daemon)
        let before = try daemon.settledDescriptors(clients: 1)
        let file = sluice_memfd_create("test")
        try #require(sluice_memfd_seal(file) == 0)
        defer { close(file) }
        for _ in 0..<8 {
            for guest in Guest.allCases { try guest.visit(daemon, with: file) }
        }
        #expect(try client.outcome(of: try client.submit("echo", .json("[]"))).code == "ok")
        try daemon.settle(to: before)
        #expect(try daemon.control().call(Control.Status()).waiting == 0)
        #expect(try daemon.stop() == .code(0))
    }

    @Test("A client that reads nothing for stall_timeout is let go, and its requests with it")
    func stalled() throws {
        let daemon = try TestDaemon(
            configuration: "[daemon]\nstall_timeout = \"200ms\"\n[function.stream]\n")
        let worker = try daemon.worker()
        try worker.declare("stream")
        try worker.ready(slots: 1)
        let slow = try daemon.raw(.client)
        try slow.open()
        try slow.send { out in out.submit("stream", 1) }
        let grant = try worker.nextGrant()
        let chunk = Content([UInt8](repeating: 7, count: 64 << 10))
        for sequence in UInt64(0)..<16 {
            try worker.report(grant.id, 0, sequence: sequence, chunk)
        }
        #expect(try worker.nextOrder() == .revoke(grant.id, item: 0))
        let farewell = try slow.farewell()
        #expect(farewell.code == Farewell.Code.slowReader.rawValue)
        #expect(farewell.message.contains("stall_timeout"))
    }

    @Test("Limits per user count by the caller whom a gateway names, and the tools show it")
    func gateway() throws {
        let daemon = try TestDaemon(
            configuration: """
                [daemon]
                gateways = [\(geteuid())]
                max_requests_per_user = 1
                [function.f]
                """)
        let gateway = try daemon.raw(.client)
        try gateway.open()
        for (number, caller) in ["ada", "bob", "ada"].enumerated() {
            try gateway.send { out in
                out.submit("f", UInt64(number)) { $0.caller = caller }
            }
        }
        var outcome: RawPeer.Message?
        while outcome == nil, let message = try gateway.next() {
            if message.kind == .outcome { outcome = message }
        }
        #expect(outcome?.id == 2)
        let said = String(decoding: outcome?.body ?? [], as: UTF8.self)
        #expect(said.contains("over_quota"))
        #expect(said.contains("caller ada of user \(geteuid()) has 1 live requests, at most 1"))
        let control = try daemon.control()
        let requests = try control.call(Control.ListRequests()).requests
        #expect(requests.map(\.caller) == ["ada", "bob"])
        let shown = try daemon.ctl("requests").output
        #expect(shown.contains("CALLER") && shown.contains("bob"))
    }
}

extension HostilePeerTests.Guest {
    fileprivate func visit(_ daemon: TestDaemon, with file: CInt) throws {
        let peer = try daemon.raw(.client)
        switch self {
        case .saysNoHello:
            return try peer.send(descriptors: [file]) { out in out.submit("f", 1, size: 0) }
        case .streamsAndLeaves: return try stream(daemon, with: file)
        default: try peer.open()
        }
        switch self {
        case .saysNoHello, .streamsAndLeaves: break
        case .leavesInsideFrame:
            let frame = encoded { out in out.submit("f", 1, size: 0) }
            try peer.send(Array(frame.dropLast(1)), descriptors: [file])
        case .leavesWithRequests:
            for number in UInt64(1)...20 {
                try peer.send(descriptors: [file]) { out in out.submit("f", number, size: 0) }
            }
            peer.endSending()
        case .passesTooFew:
            try peer.send { out in out.submit("f", 1, size: 0) }
            _ = try peer.farewell()
        case .passesTooMany:
            try peer.send(descriptors: Array(repeating: file, count: 16)) { out in
                out.submit("f", 1, size: 0)
                LinkMessage.ping(1).encode(into: &out)
            }
            _ = try peer.farewell()
        case .passesNoFile:
            try peer.send(descriptors: [0]) { out in out.submit("f", 1, size: 0) }
            _ = try peer.farewell()
        case .liesAboutSize:
            try peer.send(descriptors: [file]) { out in out.submit("f", 1, size: 7) }
            _ = try peer.farewell()
        case .goesOnAfterError:
            try peer.send(header(kind: 0xee))
            for number in UInt64(1)...5 {
                try peer.send(descriptors: [file]) { out in out.submit("f", number, size: 0) }
            }
        case .floods:
            try peer.send { out in for number in UInt64(1)...3000 { out.submit("f", number) } }
            for number in UInt64(3001)...3010 {
                try peer.send(descriptors: [file]) { out in out.submit("f", number, size: 0) }
            }
        }
    }

    /// A worker that streams files to a client; both leave when some are on the way.
    private func stream(_ daemon: TestDaemon, with file: CInt) throws {
        let client = try daemon.raw(.client)
        try client.open()
        try client.send(descriptors: [file]) { out in out.submit("stream", 1, size: 0) }
        let worker = try daemon.raw(.worker)
        try worker.open()
        try worker.send { out in
            let declaration = FunctionDeclaration(Declaration(function: "stream"))
            WorkerMessage.declare(declaration).encode(into: &out)
            WorkerMessage.ready(slots: 1).encode(into: &out)
        }
        while let message = try worker.next() {
            guard message.kind == .grant else { continue }
            for sequence in UInt64(0)..<10 {
                try worker.send(descriptors: [file]) { out in
                    let chunk = Chunk(
                        sequence: sequence, payload: Payload(nil, .inDescriptor(size: 0)))
                    WorkerMessage.chunk(GrantID(rawValue: message.id), item: 0, chunk)
                        .encode(into: &out)
                }
            }
            return
        }
    }
}

extension OutputBuffer {
    /// A request without a payload, or with one in a descriptor.
    fileprivate mutating func submit(
        _ function: String, _ number: UInt64, size: UInt64? = nil,
        _ change: (inout Submit) -> Void = { _ in }
    ) {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let content = size.map { Payload.Content.inDescriptor(size: $0) } ?? .inline(nothing)
        var submit = Submit(function: function, payload: Payload(nil, content))
        change(&submit)
        ClientRequest.submit(RequestNumber(rawValue: number), submit).encode(into: &self)
    }
}
