import SluiceClient
import SluiceGateway
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceHTTP

@Suite("A session is read by one at a time, until it has told everything")
struct GradioLiveTests {
    private let unread = GradioUnread()

    private func live(
        _ events: String..., of holder: Holder = .unknown, in unread: GradioUnread? = nil
    ) throws -> GradioLive {
        let live = GradioLive(.queue, of: holder, unread ?? self.unread)
        for event in events { try live.begin(event) }
        return live
    }

    private let done = RequestUpdate.outcome(
        RequestOutcome(OutcomeReport(.ok), content: Content([], type: "text/plain")))

    private func chunk(_ size: Int, of letter: Character = "x") -> RequestUpdate {
        let text = Value.string(String(repeating: letter, count: size))
        return .chunk(sequence: 0, Content(text.json, type: "application/json"))
    }

    /// All that can be read now.
    private func text(_ live: GradioLive, _ reader: Int) -> String {
        var text = ""
        while case .messages(let messages) = live.take(reader) {
            text += String(decoding: messages, as: UTF8.self)
        }
        return text
    }

    private func isLull(_ live: GradioLive, _ reader: Int) -> Bool {
        if case .lull = live.take(reader) { true } else { false }
    }

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
        #expect(isLull(live, reader) && !live.close(reader))
        await live.linger(reader)
        guard case .over = live.take(reader) else {
            _ = Issue.record("it lingers for ever")
            return
        }
        try live.begin("b")
        #expect(!live.close(reader))
        live.forget("b")
        #expect(!live.close(reader))
        await live.linger(reader)
        #expect(live.close(reader))
        #expect(live.isDone)
    }

    @Test("A request that begins and ends between two looks leaves no stream open")
    func betweenLooks() async throws {
        let live = try live("a")
        let (reader, _) = live.attach()
        live.tell("a", done)
        _ = live.take(reader)
        #expect(isLull(live, reader))
        // One is enough.
        guard case .nothing = live.take(reader) else { _ = Issue.record("two linger"); return }
        try live.begin("b")
        // Who lingers finds that there is work again, and goes.
        await live.linger(reader)
        live.tell("b", done)
        _ = live.take(reader)
        #expect(isLull(live, reader))
        await live.linger(reader)
        guard case .over = live.take(reader) else { _ = Issue.record("it is open"); return }
    }

    @Test("Who lingered for a reader that was replaced says nothing to the newer one")
    func lingeringOfOlder() async throws {
        let live = try live("a")
        let (older, _) = live.attach()
        live.tell("a", done)
        _ = live.take(older)
        #expect(isLull(live, older))
        let (newer, _) = live.attach()
        #expect(isLull(live, newer))
        await live.linger(older)
        guard case .nothing = live.take(newer) else { _ = Issue.record("it is over"); return }
    }

    @Test("What waits and what is being written is counted, and what was read or left is not")
    func counting() throws {
        var live: GradioLive? = try live("a", "b")
        live?.tell("a", chunk(1000))
        let size = unread.used
        #expect(size > 1000)
        let (reader, _) = try #require(live?.attach())
        _ = live?.take(reader)
        #expect(unread.used == size)
        _ = live?.take(reader)
        #expect(unread.used == 0)
        // Another value: what did not change is not told again.
        live?.tell("a", chunk(1000, of: "y"))
        _ = live?.take(reader)
        let (newer, _) = try #require(live?.attach())
        _ = live?.take(newer)
        // The older one is still at it.
        #expect(unread.used > 1000)
        live?.detach(reader)
        #expect(unread.used == 0)
        live?.tell("b", chunk(1000))
        live?.tell("b", chunk(1000))
        _ = live?.take(newer)
        #expect(unread.used > 1000)
        live = nil
        #expect(unread.used == 0)
    }

    @Test("A reader is given a part at a time, and a message that is larger as a whole")
    func parts() throws {
        let live = try live("a", "b", "c", "d")
        for event in ["a", "b", "c"] { live.tell(event, chunk(100 << 10)) }
        live.tell("d", chunk(1 << 20))
        let (reader, _) = live.attach()
        var sizes: [Int] = []
        while case .messages(let messages) = live.take(reader) {
            sizes.append(messages.count >> 10)
        }
        #expect(sizes == [200, 100, 1024])
    }

    @Test("Who reads is not ended because sessions of others hold all that they may")
    func unreadByOthers() throws {
        let unread = GradioUnread(limit: 4 << 20)
        let deaf = try (0..<40).map { _ in try live("a", of: .address("deaf"), in: unread) }
        for letter in "xyxyxyxy" {
            for live in deaf { live.tell("a", chunk(64 << 10, of: letter)) }
        }
        // Some of them ended over that.
        #expect(unread.used > 1 << 20 && unread.used <= 9 << 18)
        for holder in [Holder.address("deaf"), .address("other")] {
            let reading = try live("a", of: holder, in: unread)
            let (reader, _) = reading.attach()
            for _ in 0..<10 {
                reading.tell("a", chunk(1 << 19))
                #expect(text(reading, reader).contains("process_generating"))
            }
            reading.tell("a", done)
            let last = text(reading, reader)
            #expect(!last.contains("slow_reader") && last.contains("process_completed"))
        }
    }

    @Test("An outcome that finds no room is told as such, and is not just gone")
    func outcomeWithoutRoom() throws {
        let unread = GradioUnread(limit: 1 << 20)
        unread.change(by: 1 << 20, of: .address("b"))
        let live = try live("a", in: unread)
        live.tell("a", done)
        let reader = live.attach().reader
        #expect(text(live, reader).contains("slow_reader"))
    }

    @Test("Who does not read ends when it has more than its share, and is told why")
    func overShare() throws {
        let unread = GradioUnread(limit: 4 << 20)
        let live = try live("a", in: unread)
        for _ in 0..<3 { live.tell("a", chunk(700 << 10)) }
        let (reader, _) = live.attach()
        let told = text(live, reader)
        #expect(told.contains("slow_reader") && !told.contains("process_generating"))
        #expect(live.isDone == false && unread.used == 0)
    }
}

extension GradioLive {
    /// The first that is told of a request: what it changes is not known.
    fileprivate func tell(_ event: String, _ update: RequestUpdate) {
        var event = GradioEvent(event, .plain, manner)
        tell(update, of: &event, PlainFiles())
    }
}
