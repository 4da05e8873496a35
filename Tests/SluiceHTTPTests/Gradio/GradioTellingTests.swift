import Dispatch
import Hummingbird
import HummingbirdTesting
import SluiceClient
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceGateway
@testable import SluiceHTTP

/// Files, and what goes on while they are kept.
private struct Meanwhile: FileBridge {
    let files: any FileBridge
    let goesOn: @Sendable () -> Void

    func incoming(
        _ data: [Value], claim: (Int) throws(Refusal) -> Void
    ) throws(Refusal) -> (values: [Value], parts: [Part]) {
        try files.incoming(data, claim: claim)
    }

    func outgoing(_ value: Value, _ parts: [Part], _ kept: inout [UploadPath]) -> Value {
        goesOn()
        return files.outgoing(value, parts, &kept)
    }

    func letGo(of paths: [UploadPath]) { files.letGo(of: paths) }
}

@Suite("What is made of a result holds up nobody")
struct GradioTellingTests {
    private let gateway: Gateway
    private let desk: GradioDesk

    init() throws {
        gateway = try Gateway(.withoutDaemon)
        desk = GradioDesk(gateway)
    }

    /// A result with a file.
    private let picture = RequestUpdate.outcome(
        RequestOutcome(OutcomeReport(.ok), content: Content([1, 2, 3], type: "image/png")))

    private func text(_ live: GradioLive) -> String {
        let (reader, _) = live.attach()
        guard case .messages(let messages) = live.take(reader) else { return "" }
        return String(decoding: messages, as: UTF8.self)
    }

    /// Joins as clients do; no daemon is there.
    private func join(_ session: String) async throws -> String? {
        let router = Router(context: GatewayContext.self)
        router.post("join") { _, context in
            let claim = gateway.bodies.claim(for: context.holder)
            do {
                return try await desk.join(
                    .plain, Content([]), for: context, session: session, claim: claim)
            } catch let refusal as Refusal {
                return refusal.code
            }
        }
        return try await Application(router: router).test(.router) { client in
            try await client.execute(uri: "/join", method: .post) { String(buffer: $0.body) }
        }
    }

    @Test("While it is made, others join, and so does its own session")
    func others() async throws {
        let name = GradioDesk.Name.session("s", caller: nil)
        let reader = try desk.opened(name, for: .unknown)
        let live = try #require(desk.session(name))
        try live.begin("a")
        let (making, makes) = AsyncStream.makeStream(of: Void.self)
        let (telling, tells) = AsyncStream.makeStream(of: Void.self)
        let mayEnd = DispatchSemaphore(value: 0)
        let files = Meanwhile(files: gateway.uploads.bridge(for: .unknown)) {
            makes.finish()
            // It ends without a sign, too, so that one that holds others up is told as a failure.
            _ = mayEnd.wait(timeout: .now() + 20)
        }
        let picture = picture
        try BackgroundThread {
            var event = GradioEvent("a", .plain, .queue)
            live.tell(picture, of: &event, files)
            tells.finish()
        }.detach()
        for await _ in making {}
        #expect(try await join("s") == "daemon_away")
        #expect(try await join("t") == "daemon_away")
        #expect(!text(live).contains("process_completed"))
        mayEnd.signal()
        for await _ in telling {}
        #expect(text(live).contains("process_completed"))
        withExtendedLifetime(reader) {}
    }

    @Test("Of a session that ends meanwhile no file stays, and nothing is made any more")
    func ended() throws {
        let unread = GradioUnread()
        let live = GradioLive(.queue, of: .unknown, unread)
        for name in ["a", "b"] { try live.begin(name) }
        let files = Meanwhile(files: gateway.uploads.bridge(for: .unknown)) { live.end() }
        var event = GradioEvent("a", .plain, .queue)
        live.tell(picture, of: &event, files)
        #expect(gateway.uploads.used.files == 0 && gateway.uploads.used.bytes == 0)
        let told = text(live)
        #expect(told.contains("slow_reader") && !told.contains("image/png"))
        #expect(unread.used > 0)
        var other = GradioEvent("b", .plain, .queue)
        let none = Meanwhile(files: PlainFiles()) { Issue.record("nobody hears of it") }
        live.tell(picture, of: &other, none)
        #expect(text(live).isEmpty)
    }

    @Test("Nor do files stay of a result for which there is no room; those of others do")
    func noRoom() throws {
        let unread = GradioUnread(limit: 1 << 20)
        let files = gateway.uploads.bridge(for: .unknown)
        var event = GradioEvent("a", .plain, .queue)
        let kept = GradioLive(.queue, of: .unknown, unread)
        try kept.begin("a")
        kept.tell(picture, of: &event, files)
        #expect(gateway.uploads.used.files == 1)
        unread.change(by: 1 << 20, of: .address("b"))
        let live = GradioLive(.queue, of: .unknown, unread)
        try live.begin("a")
        live.tell(picture, of: &event, files)
        #expect(gateway.uploads.used.files == 1)
        #expect(text(live).contains("slow_reader") && text(kept).contains("image/png"))
    }
}

extension GradioFunction {
    static let plain = GradioFunction("f", number: 1, signature: nil)
}
