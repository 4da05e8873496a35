import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("What a connection is closed for")
struct ConnectionHandlerTests {
    /// Without a network a half of a channel cannot be closed: it is noted.
    private final class Halves: ChannelOutboundHandler {
        typealias OutboundIn = NIOAny
        var areClosed = false

        func close(
            context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
        ) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            areClosed = true
            promise?.succeed()
        }
    }

    private let halves = Halves()
    private let request = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/")

    private func channel(_ handler: any ChannelHandler) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handlers: [halves, handler])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func coming(_ channel: EmbeddedChannel, bytes: Int?) throws {
        var head = request
        head.headerFields[.contentLength] = bytes.map { "\($0)" }
        try channel.writeInbound(HTTPRequestPart.head(head))
        _ = try channel.readInbound(as: HTTPRequestPart.self)
    }

    /// Answers, and says whether the client is told that it is the last time.
    private func answer(_ channel: EmbeddedChannel) throws -> Bool {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        let part = try channel.readOutbound(as: HTTPResponsePart.self)
        _ = try channel.readOutbound(as: HTTPResponsePart.self)
        guard case .head(let head) = part else {
            _ = Issue.record("there is no head")
            return false
        }
        return head.headerFields[.connection] == "close"
    }

    @Test("A reader that takes nothing for a while is let go, and one that takes some is not")
    func stalled() throws {
        let channel = try channel(StalledReader(patience: .seconds(60)))
        func become(writable: Bool) {
            channel.isWritable = writable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        become(writable: false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        become(writable: true)
        channel.embeddedEventLoop.advanceTime(by: .seconds(600))
        #expect(channel.isActive)
        become(writable: false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test(
        "Where much is missing of what is answered, it is dropped, and soon nothing is read",
        arguments: [1 << 20, nil])
    func muchMissing(_ length: Int?) throws {
        let channel = try channel(UnreadRest(patience: .seconds(5)))
        try coming(channel, bytes: length)
        #expect(try answer(channel))
        #expect(halves.areClosed)
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: 1 << 20)))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        try channel.writeInbound(HTTPRequestPart.head(request))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("A little that is missing is waited for, but not for long")
    func littleMissing() throws {
        let channel = try channel(UnreadRest(patience: .seconds(5)))
        for _ in 1...2 {
            try coming(channel, bytes: 10)
            #expect(try !answer(channel))
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: 10)))
            try channel.writeInbound(HTTPRequestPart.end(nil))
            while try channel.readInbound(as: HTTPRequestPart.self) != nil {}
            channel.embeddedEventLoop.advanceTime(by: .seconds(60))
            #expect(channel.isActive && !halves.areClosed)
        }
        try coming(channel, bytes: 10)
        #expect(try !answer(channel))
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!channel.isActive)
    }

    @Test("What comes of the next request has nothing to do with the answer to this one")
    func pipelined() throws {
        let channel = try channel(UnreadRest(patience: .seconds(5)))
        try coming(channel, bytes: nil)
        try channel.writeInbound(HTTPRequestPart.end(nil))
        try coming(channel, bytes: 1 << 20)
        #expect(try !answer(channel))
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive && !halves.areClosed)
        #expect(try answer(channel))
    }
}
