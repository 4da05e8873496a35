import Hummingbird
import NIOCore
import SluiceClient
import SluiceGateway

/// Gradio's queue protocol, for clients that know no other: `gradio_client` and `@gradio/client`.
struct GradioRoutes: RouteGroup {
    private let gateway: Gateway
    private let functions: GradioCatalog
    private let desk: GradioDesk

    init(gateway: Gateway) {
        self.gateway = gateway
        functions = GradioCatalog(gateway)
        desk = GradioDesk(gateway)
    }

    func add(to router: Router<GatewayContext>) {
        router.get("config") { _, context in
            let config = GradioConfig.config(try await functions.functions())
            return try gateway.answer(json: config.json, for: context.holder)
        }
        let routes = router.group("gradio_api")
        routes.get("info") { _, context in
            let info = GradioConfig.info(try await functions.functions())
            return try gateway.answer(json: info.json, for: context.holder)
        }
        routes.post("queue/join") { request, context in
            try await join(request, context)
        }
        routes.get("queue/data") { request, context in
            try listen(request, context)
        }
        routes.get("queue/status") { _, _ in try await status() }
        for path in ["run/:name", "api/:name"] as [RouterPath] {
            routes.post(path) { request, context in
                try await run(request, context)
            }
        }
        addCalls(to: routes)
        routes.post("cancel") { request, context in
            try await cancel(request, context)
        }
        // A client resets what it cancels, and does not say of which session it is.
        routes.post("reset") { _, _ in Response(json: Value.object(["success": true]).json) }
        routes.get("heartbeat/:session") { request, _ in
            Response.events(to: request) { stream in
                while true {
                    try await stream.send(events: ByteBuffer(bytes: GradioNotice.alive))
                    try await Task.sleep(for: .seconds(GatewayLimits.heartbeatSeconds))
                }
            }
        }
        routes.get("app_id") { _, _ in
            let id = GradioConfig.appID(try await functions.functions())
            return Response(json: Value.object(["app_id": .integer(id)]).json)
        }
        routes.get("startup-events") { _, _ in Response(json: Value.bool(true).json) }
    }

    private func addCalls(to routes: RouterGroup<GatewayContext>) {
        routes.post("call/:name") { request, context in
            try await call(request, context, byName: false)
        }
        routes.post("call/v2/:name") { request, context in
            try await call(request, context, byName: true)
        }
        for path in ["call/:name/:event", "call/v2/:name/:event"] as [RouterPath] {
            routes.get(path) { request, context in
                try await hear(request, context)
            }
        }
    }

    // MARK: Asking

    private func join(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let asked = try await asked(request, context) { body in
            guard let number = body["fn_index"]?.integerValue else {
                throw Refusal(400, "bad_request", "fn_index says which function, and is a number")
            }
            let session = try body.gradioSession()
            return (try await functions.function(number), try body.gradioData(), session)
        }
        let event = try await desk.join(
            asked.function, asked.content, for: context, session: asked.session,
            claim: asked.claim)
        return Response(json: Value.object(["event_id": .string(event)]).json)
    }

    private func call(
        _ request: Request, _ context: GatewayContext, byName: Bool
    ) async throws -> Response {
        let asked = try await asked(request, context) { body in
            let function = try await functions.function(named: context.parameters.require("name"))
            guard byName else {
                let isOwned = !(body["session_hash"]?.isNull ?? true)
                let owner = isOwned ? try body.gradioSession() : nil
                return (function, try body.gradioData(), owner)
            }
            guard let fields = body.objectValue else {
                throw Refusal(
                    400, "bad_request", "the body is an object, with a field for each input")
            }
            return (function, try function.ordered(fields), nil)
        }
        let event = try await desk.join(
            asked.function, asked.content, for: context, session: nil, owner: asked.session,
            claim: asked.claim)
        return Response(json: Value.object(["event_id": .string(event)]).json)
    }

    /// What the daemon is asked, and the bytes of it that the gateway has meanwhile.
    private struct Asked {
        var function: GradioFunction
        var content: Content
        /// As the client calls it, if it has one.
        var session: String?
        var claim: Claim
    }

    /// - Parameter read: which function a body asks for, with what, and in which session.
    private func asked(
        _ request: Request, _ context: GatewayContext,
        _ read: (Value) async throws -> (GradioFunction, [Value?], String?)
    ) async throws -> Asked {
        let claim = gateway.bodies.claim(for: context.holder)
        let body = try await request.gradioValue(within: claim)
        let (function, data, session) = try await read(body)
        let content = try content(of: function, data, within: claim)
        // What it was made of goes.
        try claim.change(to: content.bytes.count)
        return Asked(function: function, content: content, session: session, claim: claim)
    }

    /// What the daemon is asked with.
    private func content(
        of function: GradioFunction, _ data: [Value?], within claim: Claim
    ) throws(Refusal) -> Content {
        let files = gateway.uploads.bridge(for: .unknown)
        let (values, parts) = try files.incoming(data.map { $0 ?? .null }) {
            count throws(Refusal) in try claim.grow(by: count)
        }
        let given = zip(data, values).map { asked, value in asked.map { _ in value } }
        let (positional, keywords) = try function.arguments(given)
        return Content(
            Envelope.arguments(positional, keywords, parts: parts), type: Envelope.contentType)
    }

    /// Asks and answers in one; called off when the client goes.
    private func run(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (function, asked) = try await begin(request, context)
        let outcome = try await AwaitedOutcome.of(asked, for: request, context)
        let files = gateway.uploads.bridge(for: context.holder)
        var kept: [UploadPath] = []
        let values = try GradioResult.values(outcome, of: function, files, &kept)
        let answer = Value.object(["data": .array(values), "is_generating": false])
        do {
            return try gateway.answer(json: answer.json, for: context.holder)
        } catch {
            files.letGo(of: kept)
            throw error
        }
    }

    /// Asks, and keeps nothing of what was asked with.
    private func begin(
        _ request: Request, _ context: GatewayContext
    ) async throws -> (GradioFunction, DaemonRequest) {
        let asked = try await asked(request, context) { body in
            let function = try await functions.function(named: context.parameters.require("name"))
            return (function, try body.gradioData(), nil)
        }
        var options = RequestOptions()
        options.caller = context.caller
        let request = gateway.link.submit(
            asked.function.name, asked.content, options, for: context.holder,
            claim: asked.claim)
        return (asked.function, request)
    }

    private func cancel(
        _ request: Request, _ context: GatewayContext
    ) async throws -> Response {
        let claim = gateway.bodies.claim(for: context.holder)
        let body = try await request.gradioValue(within: claim)
        guard let event = body["event_id"]?.stringValue else {
            throw Refusal(400, "bad_request", "event_id says which request")
        }
        try desk.cancel(event, of: try body.gradioSession(), caller: context.caller)
        return Response(json: Value.object(["success": true]).json)
    }

    private func status() async throws -> Response {
        let waiting = try await gateway.catalog().functions.reduce(0) { $0 + $1.waiting }
        let status: Value = [
            "msg": "estimation", "event_id": .null, "rank": .null, "rank_eta": .null,
            "queue_size": .integer(Int64(waiting)),
        ]
        return Response(json: status.json)
    }

    // MARK: Hearing

    private func listen(_ request: Request, _ context: GatewayContext) throws -> Response {
        let text = request.uri.queryParameters["session_hash"].map { Value.string(String($0)) }
        let session = try Value.object(["session_hash": text ?? .null]).gradioSession()
        let name = GradioDesk.Name.session(session, caller: context.caller)
        guard let reader = try desk.opened(name, for: context.holder) else {
            return Response.events(to: request) { stream in
                try await stream.send(events: ByteBuffer(bytes: GradioNotice.noSession))
            }
        }
        return tell(reader, to: request)
    }

    private func hear(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let name = GradioDesk.Name.call(try context.parameters.require("event"))
        guard let live = desk.session(name) else {
            throw Refusal(
                404, "unknown_request", "there is no such request, or it was told already")
        }
        if let messages = await live.whole() {
            desk.removeIfDone(name, live)
            return try gateway.answer([messages[...]], Response.eventHeaders, for: context.holder)
        }
        return tell(GradioReader(desk, live, name), to: request)
    }

    /// What is told counts as unread until it was read, and as no answer besides.
    private func tell(_ reader: GradioReader, to request: Request) -> Response {
        Response.events(to: request) { stream in try await reader.tell(&stream) }
    }
}
