import Glibc
import Testing

@testable import SluiceSystem

@Suite struct StreamTests {
    @Test("Bytes go round; an empty socket would block; a closed one is closed")
    func carriesBytes() throws {
        let pair = try SocketPair()
        var descriptors = DescriptorQueue()
        var received = pair.there.receive(&descriptors)
        #expect(received == .wouldBlock)
        let sent = pair.here.send("hello")
        #expect(sent == .bytes(5))
        let text = pair.there.receiveText()
        #expect(text == "hello")

        let here = pair.closingThere()
        received = here.receive(&descriptors)
        #expect(received == .closed)
    }

    @Test("Sending to a peer that is gone is an answer, not a signal")
    func survivesClosedPeer() throws {
        let here = try SocketPair().closingThere()
        #expect(here.send("x") == .closed)
        #expect(here.send("x", descriptors: [here.number]) == .closed)
    }

    @Test("A peer that died with our bytes unread is closed to us")
    func takesResetAsClosed() throws {
        let pair = try SocketPair()
        _ = pair.here.send("never read")
        let here = pair.closingThere()
        var descriptors = DescriptorQueue()
        #expect(here.receive(&descriptors) == .closed)
    }

    @Test("A full socket takes part, then would block")
    func sendsInPart() throws {
        let pair = try SocketPair()
        let big = String(repeating: "x", count: 8 << 20)
        guard case .bytes(let count) = pair.here.send(big) else {
            Issue.record("nothing was sent")
            return
        }
        #expect(count > 0 && count < 8 << 20)
        #expect(pair.here.send("x") == .wouldBlock)
    }

    @Test("Several buffers are sent in order by one call")
    func sendsVectored() throws {
        let pair = try SocketPair()
        var head = Array("head ".utf8)
        var body = Array("body".utf8)
        let sent = head.withUnsafeMutableBytes { head in
            body.withUnsafeMutableBytes { body in
                [
                    iovec(iov_base: head.baseAddress, iov_len: head.count),
                    iovec(iov_base: body.baseAddress, iov_len: body.count),
                ].withUnsafeBufferPointer { pair.here.send($0) }
            }
        }
        #expect(sent == .bytes(9))
        #expect(pair.there.receiveText() == "head body")
    }

    @Test("What is not a socket fails with its errno")
    func failsWithErrno() throws {
        let file = try memoryFile("sluice-not-a-socket")
        #expect(file.send("x") == .failed(errno: ENOTSOCK))
        var descriptors = DescriptorQueue()
        #expect(file.receive(&descriptors) == .failed(errno: ENOTSOCK))
    }
}
