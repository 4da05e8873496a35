import Glibc
import Testing

@testable import SluiceSystem

@Suite struct DescriptorPassingTests {
    @Test("A descriptor arrives with the first byte, leads to the same file, and is ours alone")
    func roundTrip() throws {
        let name = "sluice-round-trip"
        let pair = try SocketPair()
        let file = try memoryFile(name, "content")
        #expect(pair.here.send("frame", descriptors: [file.number]) == .bytes(5))

        var descriptors = DescriptorQueue()
        #expect(pair.there.receive(room: 1, &descriptors) == .bytes(1))
        #expect(descriptors.count == 1)
        #expect(pair.there.receiveText() == "rame")
        do {
            let owned = try require(descriptors.takeFirst())
            var buffer = [UInt8](repeating: 0, count: 7)
            #expect(pread(owned.number, &buffer, 7, 0) == 7)
            #expect(String(decoding: buffer, as: UTF8.self) == "content")
            let flags = fcntl(owned.number, F_GETFD)
            #expect(flags & FD_CLOEXEC != 0)
            #expect(openDescriptors(containing: name).count == 2)
        }
        #expect(openDescriptors(containing: name).count == 1)
    }

    @Test("As many as a frame may have arrive in order, those of two messages separately")
    func keepsOrder() throws {
        let pair = try SocketPair()
        let files = try SocketPair()
        let most = Descriptor.descriptorsPerMessage
        let numbers = (0..<most).map { $0 % 2 == 0 ? files.here.number : files.there.number }
        #expect(pair.here.send("a", descriptors: numbers) == .bytes(1))
        #expect(pair.here.send("b", descriptors: [files.here.number]) == .bytes(1))

        var descriptors = DescriptorQueue()
        #expect(pair.there.receive(&descriptors) == .bytes(1))
        var identities: [FileIdentity?] = []
        while let next = descriptors.takeFirst() {
            identities.append(FileIdentity(of: next.number))
        }
        #expect(identities == numbers.map { FileIdentity(of: $0) })
        #expect(pair.there.receive(&descriptors) == .bytes(1))
        #expect(descriptors.count == 1)
    }

    @Test("More than a message may carry are refused by the sender")
    func refusesTooMany() throws {
        let pair = try SocketPair()
        let numbers = [CInt](
            repeating: pair.here.number, count: Descriptor.descriptorsPerMessage + 1)
        #expect(pair.here.send("x", descriptors: numbers) == .failed(errno: EINVAL))
    }

    @Test("A peer that sends more loses them, and none stays open with us")
    func reportsTruncation() throws {
        let name = "sluice-truncation"
        let pair = try SocketPair()
        let file = try memoryFile(name)
        try sendUnchecked(pair.here, [CInt](repeating: file.number, count: 17))
        var descriptors = DescriptorQueue()
        #expect(pair.there.receive(&descriptors) == .descriptorsLost)
        let isEmpty = descriptors.isEmpty
        #expect(isEmpty)
        #expect(openDescriptors(containing: name).count == 1)
    }

    @Test("Descriptors that nobody takes are closed, by whatever way they are dropped")
    func leaksNothing() throws {
        let name = "sluice-leaks"
        let file = try memoryFile(name)
        do {
            let pair = try SocketPair()
            var descriptors = DescriptorQueue()
            for _ in 0..<4 {
                _ = pair.here.send("x", descriptors: [file.number, file.number])
            }
            // The queue's end.
            _ = pair.there.receive(&descriptors)
            _ = pair.there.receive(&descriptors)
            #expect(openDescriptors(containing: name).count == 5)
            // Its being emptied.
            descriptors.closeAll()
            #expect(openDescriptors(containing: name).count == 1)
            _ = pair.there.receive(&descriptors)
            #expect(openDescriptors(containing: name).count == 3)
            // A read that does not ask, and a socket that is closed with some unread: below.
        }
        #expect(openDescriptors(containing: name).count == 1)

        let pair = try SocketPair()
        _ = pair.here.send("x", descriptors: [file.number])
        #expect(pair.there.receiveText() == "x")
        #expect(openDescriptors(containing: name).count == 1)
    }

    /// What a peer that does not keep the limit would do.
    private func sendUnchecked(
        _ socket: borrowing Descriptor, _ numbers: [CInt]
    ) throws {
        let header = MemoryLayout<cmsghdr>.size
        var control = [UInt8](repeating: 0, count: header + (numbers.count * 4 + 7) / 8 * 8)
        control.withUnsafeMutableBytes { control in
            // SCM_RIGHTS is 1.
            var message = cmsghdr()
            message.cmsg_len = header + numbers.count * 4
            message.cmsg_level = SOL_SOCKET
            message.cmsg_type = 1
            control.storeBytes(of: message, as: cmsghdr.self)
            numbers.withUnsafeBytes { control[header...].copyBytes(from: $0) }
        }
        var byte: UInt8 = 0
        let controlSize = control.count
        let sent = withUnsafeMutablePointer(to: &byte) { byte in
            var part = iovec(iov_base: byte, iov_len: 1)
            return withUnsafeMutablePointer(to: &part) { part in
                control.withUnsafeMutableBytes { control in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = controlSize
                    return sendmsg(socket.number, &message, 0)
                }
            }
        }
        try #require(sent == 1)
    }
}
