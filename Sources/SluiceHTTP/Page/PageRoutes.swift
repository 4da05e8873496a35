import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import SluiceClient
import SluiceGateway
import SluiceWire

/// The live page: one document with its style and its program, and the stream of what they show.
/// Nothing is looked at while nobody looks.
struct PageRoutes: RouteGroup {
    private let gateway: Gateway
    /// A moment as it is sent, made once for all viewers.
    private let moment: Shared<[UInt8]>

    init(gateway: Gateway) {
        self.gateway = gateway
        moment = Shared {
            let measures = try await gateway.measures()
            let waiting = try await gateway.desk.ask { control throws(ClientError) in
                try control.requestsForPage()
            }
            let allows = gateway.settings.allowsChanges
            return PageSnapshot(measures, waiting: waiting, allowsChanges: allows).json
        }
    }

    func add(to router: Router<GatewayContext>) {
        file(PackageResources.page_html, "text/html; charset=utf-8", at: "/", router)
        file(PackageResources.page_css, "text/css; charset=utf-8", at: "page/page.css", router)
        file(
            PackageResources.page_js, "text/javascript; charset=utf-8", at: "page/page.js", router)
        router.get("page/events") { request, context in
            let place = try gateway.viewers.claim(1, for: context.holder)
            return Response.events(to: request, within: gateway.room(for: context.holder)) {
                stream in
                defer { place.giveBack() }
                try await tell(&stream)
            }
        }
        router.post("page/actions") { request, _ in try await act(request) }
    }

    private func file(
        _ bytes: [UInt8], _ type: String, at path: RouterPath, _ router: Router<GatewayContext>
    ) {
        let body = ByteBuffer(bytes: bytes)
        var headers: HTTPFields = [.contentType: type, .cacheControl: "no-cache"]
        for (name, value) in Self.guards { headers[name] = value }
        let fields = headers
        router.look(at: path) { _, _ in
            Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: body))
        }
    }

    /// The page loads from here and nowhere else, and stands in no other page.
    private static let guards: [(HTTPField.Name, String)] = [
        (
            .named("Content-Security-Policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        (.named("X-Content-Type-Options"), "nosniff"),
        (.named("X-Frame-Options"), "DENY"),
        (.named("Referrer-Policy"), "no-referrer"),
        (.named("Cross-Origin-Resource-Policy"), "same-origin"),
        (.named("Cross-Origin-Opener-Policy"), "same-origin"),
    ]

    // MARK: What is shown

    private func tell(_ stream: inout EventStream) async throws {
        while !Task.isShuttingDownGracefully {
            try await stream.send(await shown())
            try await Task.sleep(for: .seconds(GatewayLimits.overviewSeconds))
        }
    }

    private func shown() async -> [UInt8] {
        do {
            return try await moment.get()
        } catch {
            let refusal = Refusal(asking: error)
            return PageSnapshot.away(refusal.code, refusal.message)
        }
    }

    // MARK: What is changed

    private func act(_ request: Request) async throws -> Response {
        guard gateway.settings.allowsChanges else {
            throw Refusal(403, "read_only", "this page only shows: see --allow-changes")
        }
        let visitor = PageVisitor(
            origin: request.headers[.origin], fetchSite: request.headers[.named("Sec-Fetch-Site")],
            contentType: request.headers[.contentType], host: request.head.authority)
        if let refusal = visitor.refusal(at: gateway.entrance.doorstep) { throw refusal }
        let body = try await request.collect(upTo: 4096)
        guard let asked = try? Value(json: body), let action = PageAction(asked)
        else { throw Refusal(422, "bad_action", "nothing like that can be asked for here") }
        do {
            try await gateway.desk.ask { control throws(ClientError) in try control.act(action) }
        } catch ClientError.refused(let error) {
            throw Refusal(error)
        } catch {
            throw Refusal(asking: error)
        }
        return Response(json: Value.object(["status": "ok"]).json)
    }
}

extension ControlConnection {
    /// The oldest live requests, until there are enough that wait.
    fileprivate func requestsForPage() throws(ClientError) -> [Control.Request] {
        var all: [Control.Request] = []
        var after: UInt64?
        repeat {
            let page = try call(Control.ListRequests(after: after))
            all += page.requests
            after = page.next
        } while after != nil && all.count < GatewayLimits.pageRequestsLookedAt
            && all.count(where: { $0.state == .waiting }) < GatewayLimits.pageRequests
        return all
    }

    fileprivate func act(_ action: PageAction) throws(ClientError) {
        switch action {
        case .pause(let target): _ = try call(Control.Pause(target: target))
        case .resume(let target): _ = try call(Control.Resume(target: target))
        case .limit(let queue, let limit):
            _ = try call(
                Control.Set(target: .queue(queue), values: ["concurrency_limit": limit]))
        }
    }
}

extension Refusal {
    /// Why the daemon does not change something.
    fileprivate init(_ error: ControlError) {
        switch error {
        case .permissionDenied(let group):
            self.init(
                403, "permission_denied",
                "the gateway may not change this: its user has to be in the group \(group)")
        case .unknownQueue(let name, _):
            self.init(404, "unknown_queue", "there is no queue \(name)")
        case .unknownFunction(let name, _):
            self.init(404, "unknown_function", "there is no function \(name)")
        case .valueOutOfRange(let key, let value, let allowed):
            self.init(422, "out_of_range", "\(key) cannot be \(value): \(allowed)")
        case .notKept(let reason):
            self.init(
                500, "not_kept", "it is in force, and ends with the daemon: \(reason)")
        default: self.init(502, "daemon_failed", "the daemon refused: \(error)")
        }
    }
}
