import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("The sessions of Gradio's clients")
struct GradioDeskTests {
    private let gateway: Gateway
    private let desk: GradioDesk

    init() throws {
        gateway = try Gateway(.withoutDaemon)
        desk = GradioDesk(gateway)
    }

    private func name(_ text: String) -> GradioDesk.Name { .session(text, caller: nil) }

    @Test("A reader that goes takes no session from one that came")
    func replaced() throws {
        var older = try desk.opened(name("s"), for: .unknown)
        let live = try #require(desk.session(name("s")))
        var newer = try desk.opened(name("s"), for: .unknown)
        #expect(older != nil && newer != nil)
        older = nil
        #expect(desk.session(name("s")) === live)
        newer = nil
        #expect(desk.session(name("s")) == nil)
    }

    @Test("Who is late to say that it is done takes no later session of the same name")
    func later() throws {
        var older = try desk.opened(name("s"), for: .unknown)
        let live = try #require(desk.session(name("s")))
        #expect(older != nil)
        older = nil
        let newer = try desk.opened(name("s"), for: .unknown)
        desk.leave(name("s"), live, 1)
        desk.removeIfDone(name("s"), live)
        #expect(newer != nil && desk.session(name("s")) != nil)
    }

    @Test("Who has as many sessions as others leave it gets no more, and others do")
    func shares() throws {
        let (ann, bob) = (Holder.address("a"), Holder.address("b"))
        var readers: [GradioReader?] = []
        for number in 0..<GatewayLimits.gradioSessions / 2 {
            readers.append(try desk.opened(name("\(number)"), for: ann))
        }
        let refusal = #expect(throws: Refusal.self) {
            _ = try desk.opened(name("more"), for: ann)
        }
        #expect(refusal?.status == 429 && refusal?.code == "too_many_sessions")
        #expect(refusal?.retryAfter != nil)
        // One that it has is no new one.
        readers.append(try desk.opened(name("0"), for: ann))
        readers.append(try desk.opened(name("other"), for: bob))
        #expect(gateway.sessions.used == GatewayLimits.gradioSessions / 2 + 1)
        readers.removeAll()
        #expect(gateway.sessions.used == 0)
        #expect(try desk.opened(name("more"), for: ann) != nil)
    }
}
