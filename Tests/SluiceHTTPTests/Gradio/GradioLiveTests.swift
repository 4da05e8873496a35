import SluiceClient
import SluiceGateway
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceHTTP

@Suite("A session is read by one at a time, until it has told everything")
struct GradioLiveTests {
    private let unread = GradioUnread()

    private func live(_ events: String...) throws -> GradioLive {
        let live = GradioLive(.queue, unread, PlainFiles())
        for event in events { try live.begin(event, try function()) }
        return live
    }

    private func function() throws -> GradioFunction {
        let told = Control.Function(function: "f", concurrencyID: "f")
        let catalog = FunctionCatalog([told], [])
        return GradioFunction(try #require(catalog["f"]), number: 1)
    }

    private let done = RequestUpdate.outcome(
        RequestOutcome(OutcomeReport(.ok), content: Content([], type: "text/plain")))

    @Test("A newer reader takes the place of an older, whose bell ends")
    func replaced() async throws {
        let live = try live("a")
        let (older, bell) = live.attach()
        let (newer, _) = live.attach()
        for await _ in bell {}
        live.tell("a", done)
        guard case .replaced = live.take(older) else { _ = Issue.record("it reads on"); return }
        // Its end says nothing of the newer one.
        live.detach(older)
        #expect(live.unreadSince == nil)
        guard case .messages = live.take(newer) else { _ = Issue.record("nothing came"); return }
        live.detach(newer)
        #expect(live.unreadSince != nil)
    }

    @Test("A stream ends when nothing was asked for in a while, and not when something came since")
    func closing() async throws {
        let live = try live("a")
        let (reader, _) = live.attach()
        live.tell("a", done)
        _ = live.take(reader)
        guard case .idle(isOver: false) = live.take(reader) else {
            _ = Issue.record("it does not linger")
            return
        }
        #expect(!live.close(reader))
        await live.linger(reader)
        guard case .idle(isOver: true) = live.take(reader) else {
            _ = Issue.record("it lingers for ever")
            return
        }
        try live.begin("b", try function())
        #expect(!live.close(reader))
        live.forget("b")
        #expect(!live.close(reader))
        await live.linger(reader)
        #expect(live.close(reader))
        #expect(live.isDone)
    }

    @Test("What waits in all sessions is counted, and what was read or left is not")
    func counting() throws {
        #expect(unread.add(GatewayLimits.gradioUnreadInAll - 100))
        let live = try live("a", "b")
        // One more is too much, whoever is to blame; it ends the session that grows.
        live.tell("a", .started(attempt: 1))
        let (reader, _) = live.attach()
        guard case .messages(let messages) = live.take(reader) else {
            _ = Issue.record("nothing was told")
            return
        }
        let text = String(decoding: messages, as: UTF8.self)
        #expect(text.contains("slow_reader") && !text.contains("process_starts"))
        unread.subtract(GatewayLimits.gradioUnreadInAll - 100)
        #expect(unread.add(GatewayLimits.gradioUnreadInAll))
    }
}
