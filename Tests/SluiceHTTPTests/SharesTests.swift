import SluiceClient
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("What one client has at the daemon leaves others some")
struct SharesTests {
    private let ann = Holder.address("a")
    private let bob = Holder.address("b")
    private let small = Content([1])

    private let tokens = [
        AccessToken("alice", Array("alice-0123456789abcdef".utf8), maxRequests: 2),
        AccessToken("bob", Array("bob-0123456789abcdefgh".utf8)),
    ]

    private func refusal(_ wanted: Shares.Wanted, _ shares: Shares) -> Refusal? {
        do throws(LinkError) {
            _ = try shares.take(wanted)
            return nil
        } catch {
            return Refusal(error)
        }
    }

    @Test("A caller has as many requests as its token allows, and gets its place back")
    func tokenShares() throws {
        let shares = Shares(tokens)
        func take(_ caller: String?) throws -> Share {
            try shares.take(Shares.Wanted(caller, .caller(caller ?? ""), small))
        }
        let first = try take("alice")
        var second: Share? = try take("alice")
        #expect(second != nil)
        #expect(throws: LinkError.overShare("alice", limit: 2)) { try take("alice") }
        let others = [try take("bob"), try take("bob"), try take("bob"), try take(nil)]
        first.giveBack()
        first.giveBack()
        let third = try take("alice")
        #expect(throws: LinkError.self) { try take("alice") }
        second = nil
        let fourth = try take("alice")
        withExtendedLifetime((others, third, fourth)) {}
    }

    @Test("One address has half of all requests, and another finds the other half")
    func requests() throws {
        let shares = Shares([], requests: 4)
        var held = try (0..<2).map { _ in try shares.take(Shares.Wanted(nil, ann, small)) }
        let told = try #require(refusal(Shares.Wanted(nil, ann, nil), shares))
        #expect(told.status == 429 && told.code == "over_share")
        #expect(told.message.contains("2 of the gateway's 4 requests"))
        let other = try shares.take(Shares.Wanted(nil, bob, nil))
        held.removeLast()
        other.giveBack()
        #expect(self.refusal(Shares.Wanted(nil, ann, small), shares) == nil)
    }

    @Test("Of what travels in files there may be fewer")
    func files() throws {
        let shares = Shares([], files: 4)
        let large = Content([UInt8](repeating: 0, count: 256 << 10))
        #expect(large.travelsInFile && !Content(Array(large.bytes.dropLast())).travelsInFile)
        let held = try (0..<2).map { _ in try shares.take(Shares.Wanted(nil, ann, large)) }
        let told = try #require(refusal(Shares.Wanted(nil, ann, large), shares))
        #expect(told.code == "over_share" && told.message.contains("large requests"))
        // What was taken before the refusal is given back with it.
        #expect(self.refusal(Shares.Wanted(nil, ann, small), shares) == nil)
        #expect(self.refusal(Shares.Wanted(nil, bob, large), shares) == nil)
        withExtendedLifetime(held) {}
    }

    @Test("What nobody hears any more counts until it is over, however much is said of it")
    func unheard() throws {
        let shares = Shares([], requests: 2)
        let wanted = Shares.Wanted(nil, ann, nil)
        let (_, continuation) = AsyncThrowingStream.makeStream(
            of: RequestUpdate.self, throwing: (any Error).self)
        let feed = Feed(continuation, isDetached: true, share: try shares.take(wanted))
        feed.turnAway()
        for attempt in 0...GatewayLimits.unreadUpdates {
            let hadRoom = feed.pass(.started(attempt: attempt))
            #expect(hadRoom)
        }
        #expect(refusal(wanted, shares)?.code == "over_share")
        feed.end()
        #expect(refusal(wanted, shares) == nil)
    }

    @Test("Whoever is not named counts as others of whom nothing is known")
    func unknown() throws {
        let shares = Shares([], requests: 2)
        let held = try shares.take(Shares.Wanted(nil, .unknown, nil))
        #expect(refusal(Shares.Wanted(nil, .unknown, nil), shares)?.code == "over_share")
        withExtendedLifetime(held) {}
    }
}
