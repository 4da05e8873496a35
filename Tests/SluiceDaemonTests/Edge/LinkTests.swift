import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite struct LinkTests {
    @Test("HELLO opens it, and it answers WELCOME")
    func opens() throws {
        let (link, peer) = try connected()
        var spare = ByteQueue()
        #expect(link.phase == .opening)
        try peer.send { out in Hello(session: UniqueID(high: 1, low: 2)).encode(into: &out) }
        guard case .bytes = link.receive(lending: &spare), let frame = try link.nextFrame(),
            case .welcome = link.open(with: frame)
        else { throw Unexpected() }
        #expect(link.phase == .open)
        #expect(link.flush())
        #expect(try peer.next()?.kind == .welcome)
    }

    @Test("After its farewell nothing is sent, and what was waiting still is")
    func saysFarewell() throws {
        let (link, peer) = try connected()
        link.send { out in LinkMessage.pong(1).encode(into: &out) }
        link.sayFarewell(Farewell(.dismissed, "enough"))
        link.send { out in LinkMessage.pong(2).encode(into: &out) }
        #expect(link.flush())
        #expect(try peer.next()?.kind == .pong)
        #expect(try peer.next()?.kind == .error)
        #expect(try peer.next() == nil)
        #expect(link.waitingBytes == 0)
    }

    @Test("The frame being written is no backlog; what waits behind it is")
    func backlog() throws {
        let (link, peer) = try connected()
        link.send { out in LinkMessage.pong(9).encode(into: &out) }
        #expect(link.backlog == Header.size)
        #expect(link.flush())
        #expect(link.backlog == 0)

        let large = [UInt8](repeating: 1, count: 4 << 20)
        link.sendOutcome(1, large)
        #expect(link.flush())
        #expect(link.waitingBytes > 1 << 20)
        #expect(link.backlog == 0)
        link.sendOutcome(2, large)
        let second = link.backlog
        #expect(second > large.count)
        while try peer.next()?.id != 1 { #expect(link.flush()) }
        #expect(link.flush())
        // Now the second is the one being written.
        #expect(link.backlog == 0)
        #expect(link.waitingBytes > 0)
    }

    @Test("Each file travels with its own frame, whatever is sent between them")
    func files() throws {
        let (link, peer) = try connected()
        for number in UInt64(1)...3 {
            let contents = [UInt8](repeating: 0, count: Int(number) * 100)
            let file = try contents.withUnsafeBytes { bytes throws(SystemError) in
                SharedFile(try MemoryFile(named: "test", contents: bytes))
            }
            link.send { out in LinkMessage.pong(number).encode(into: &out) }
            link.pass(file)
            link.send { out in
                let chunk = Chunk(
                    sequence: 0, payload: Payload(nil, .inDescriptor(size: UInt64(file.size))))
                ClientEvent.chunk(RequestNumber(rawValue: number), chunk).encode(into: &out)
            }
        }
        #expect(link.waitingFiles == 3)
        #expect(link.flush())
        #expect(link.waitingFiles == 0)
        for number in UInt64(1)...3 {
            #expect(try peer.next()?.kind == .pong)
            #expect(try peer.next()?.id == number)
            guard let file = peer.takeDescriptor() else { throw Unexpected() }
            #expect(try MemoryFile(received: file).size == Int(number) * 100)
        }
    }

    @Test("A file must be sealed and as large as its frame says")
    func takesFiles() throws {
        let contents = [UInt8](repeating: 0, count: 100)
        for size in [UInt64(100), 99] {
            let (link, peer) = try connected()
            var spare = ByteQueue()
            let file = try contents.span.bytes.withUnsafeBytes { bytes throws(SystemError) in
                try MemoryFile(named: "test", contents: bytes)
            }
            try peer.send(descriptors: [file.descriptor.number]) { out in
                let submit = Submit(
                    function: "f", payload: Payload(nil, .inDescriptor(size: size)))
                ClientRequest.submit(RequestNumber(rawValue: 1), submit).encode(into: &out)
            }
            guard case .bytes = link.receive(lending: &spare), let frame = try link.nextFrame()
            else {
                throw Unexpected()
            }
            guard size == 100 else {
                #expect(throws: WireError.malformed(.submit, field: "payload", .outOfRange)) {
                    try link.takeFile(of: frame, size: size)
                }
                continue
            }
            #expect(try link.takeFile(of: frame, size: size).size == 100)
        }
    }

    @Test("A peer that is gone is noticed when sending and when receiving")
    func gone() throws {
        let (link, peer) = try connected()
        var spare = ByteQueue()
        peer.close()
        #expect(link.receive(lending: &spare) == .closed)
        link.send { out in LinkMessage.pong(1).encode(into: &out) }
        #expect(!link.flush())
    }

    @Test("What a peer said before it left can be read after writing to it failed")
    func lastWords() throws {
        let (link, peer) = try connected()
        var spare = ByteQueue()
        try peer.send { out in LinkMessage.ping(7).encode(into: &out) }
        peer.close()
        link.send { out in LinkMessage.pong(1).encode(into: &out) }
        #expect(!link.flush())
        guard case .bytes = link.receive(lending: &spare) else { throw Unexpected() }
        #expect(try link.nextFrame()?.kind == .ping)
        #expect(link.receive(lending: &spare) == .closed)
    }
}

extension Link {
    fileprivate func sendOutcome(_ number: UInt64, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var report = OutcomeReport(.ok, attempts: 1)
            report.payload = Payload(nil, .inline(bytes))
            send { out in
                ClientEvent.outcome(RequestNumber(rawValue: number), report).encode(into: &out)
            }
        }
    }
}
