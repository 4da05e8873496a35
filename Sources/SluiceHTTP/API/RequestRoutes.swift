import AsyncAlgorithms
import HTTPTypes
import Hummingbird
import SluiceClient
import SluiceGateway
import SluiceWire

/// Requests: asked for, looked at, listened to, called off.
struct RequestRoutes: RouteGroup {
    let gateway: Gateway
    let desk: RequestDesk

    func add(to router: Router<GatewayContext>) {
        router.post("v1/functions/:name/requests", use: submit)
        router.get("v1/requests/:id") { _, context in
            let key = try await find(context)
            return Response(json: try await desk.request(key).state.json)
        }
        router.get("v1/requests/:id/result") { request, context in
            let wait = try RequestTerms.wait(request.said)
            return try await answer(request, context, try await find(context), after: wait)
        }
        router.get("v1/requests/:id/events", use: events)
        router.delete("v1/requests/:id") { _, context in
            let key = try await find(context)
            let request = try await desk.request(key)
            guard request.ending == nil else { return Response(json: request.state.json) }
            await desk.cancel(key)
            return Response(json: request.state.json, status: .accepted)
        }
    }

    private func find(_ context: GatewayContext) async throws -> RequestTable.Key {
        let id = APIPath.decoded(try context.parameters.require("id"))
        guard let name = id.flatMap(RequestName.init) else { throw Refusal.unknownRequest }
        return try await desk.find(name, by: context.caller, for: context.holder)
    }

    // MARK: Asking

    private func submit(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let function = APIPath.decoded(try context.parameters.require("name")),
            Name.isValid(function)
        else { throw Refusal(404, "unknown_function", "there can be no function of this name") }
        let terms = try RequestTerms(request.said)
        let key = try await ask(function, request, terms.options, context)
        guard terms.wait == .zero else {
            return try await answer(request, context, key, after: terms.wait)
        }
        // Who does not wait gets the same at all times, though the result may be there by chance.
        let known = try await desk.request(key)
        return located(Response(pending: known.state), known)
    }

    /// Returns when the daemon has taken the request, and keeps nothing of the body.
    private func ask(
        _ function: String, _ request: Request, _ options: RequestOptions,
        _ context: GatewayContext
    ) async throws -> RequestTable.Key {
        let claim = gateway.bodies.claim(for: context.holder)
        let body = try await request.collect(upTo: context.maxUploadSize, within: claim)
        let content = try CallBody.content(of: body, type: request.headers[.contentType])
        return try await desk.submit(
            function, content, options, by: context.caller, for: context.holder, claim: claim)
    }

    /// Answers with the result if it is there in time, and else with how it is.
    private func answer(
        _ request: Request, _ context: GatewayContext, _ key: RequestTable.Key,
        after wait: Duration
    ) async throws -> Response {
        try await hold(request, context, key, wait)
        let known = try await desk.request(key)
        let answer = ResultAnswer(known, accepted: request.headers[.accept])
        return located(try response(answer, context), known)
    }

    private func response(
        _ answer: ResultAnswer, _ context: GatewayContext
    ) throws(Refusal) -> Response {
        switch answer {
        case .refusal(let refusal): Response(refusal)
        case .pending(let state): Response(pending: state)
        case .result(let bytes, let type):
            try gateway.answer(
                [bytes[...]],
                [
                    .contentType: type,
                    // It is the function's, and may be made of what a stranger said: no page.
                    .xContentTypeOptions: "nosniff",
                    .contentSecurityPolicy: "sandbox; default-src 'none'",
                ], for: context.holder)
        }
    }

    private func located(_ response: Response, _ request: KnownRequest) -> Response {
        var response = response
        response.headers[.location] = request.name.map { APIPath.request($0) }
        return response
    }

    /// Waits for the outcome. Whether the client is still there costs it its connection to know, so
    /// nobody looks before it has waited a while.
    private func hold(
        _ request: Request, _ context: GatewayContext, _ key: RequestTable.Key, _ wait: Duration
    ) async throws {
        guard wait > .zero else { return }
        let blind = min(wait, .seconds(5))
        let start = ContinuousClock.now
        try await desk.wait(for: key, atMost: blind) { $0.ending != nil }
        let left = wait - (.now - start)
        guard left > .zero, try await desk.request(key).ending == nil else { return }
        do {
            try await request.whileClientIsThere(context.connection) {
                try await desk.wait(for: key, atMost: left) { $0.ending != nil }
            }
        } catch is CancellationError {
            // The client is gone: what it is answered, nobody hears.
        }
    }

    // MARK: Listening

    private func events(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let key = try await find(context)
        let told = try request.said("last_event_id", in: .lastEventID).map(EventPlace.init)
        // A browser that comes again says the header, and its query is as it was at first.
        let start =
            if let last = told.last { last } else {
                EventPlace(tag: try await desk.request(key).log.tag)
            }
        // Browsers come back until they are told that nothing is left.
        guard await desk.events(of: key, after: start) != nil else {
            return Response(status: .noContent)
        }
        let listening = try await desk.listen(to: key)
        return .events(to: request, within: gateway.room(for: context.holder)) { stream in
            var place = start
            let beats = AsyncTimerSequence(
                interval: .seconds(GatewayLimits.heartbeatSeconds), clock: .continuous)
            for await isNews in merge(
                listening.news.map { true }, beats.map { _ in false })
            {
                if !isNews { try await stream.sendComment() }
                while true {
                    guard let events = await desk.events(of: key, after: place) else { return }
                    guard !events.isEmpty else { break }
                    for event in events {
                        try await stream.send(
                            event.data, event: event.kind.rawValue, id: event.place.text)
                        place = event.place
                    }
                }
            }
        }
    }
}

extension Request {
    /// What is said under a name, in the query and in a header: `wait`, `Sluice-Wait`.
    fileprivate func said(_ name: String) -> [String] {
        let field = HTTPField.Name(RequestTerms.header(name))
        return said(name, in: field)
    }

    fileprivate func said(_ name: String, in field: HTTPField.Name?) -> [String] {
        uri.queryParameters.getAll(name) + (field.map { headers[values: $0] } ?? [])
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = named("Last-Event-ID")
}

extension Response {
    fileprivate init(pending state: Value) { self.init(json: state.json, status: .accepted) }
}
