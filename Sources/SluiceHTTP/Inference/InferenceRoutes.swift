import HTTPTypes
import Hummingbird
import SluiceClient
import SluiceGateway
import SluiceModel

/// The Open Inference Protocol, version 2, with its extension for binary tensors: what clients of
/// KServe and Triton speak.
struct InferenceRoutes: RouteGroup {
    let gateway: Gateway

    func add(to router: Router<GatewayContext>) {
        let group = router.group("v2")
        group.get { _, _ in Response(json: InferenceServer.metadata(version: version).json) }
        group.get("health/live") { _, _ in Response(json: Value.object(["live": true]).json) }
        group.get("health/ready") { _, _ in ready(await isReady()) }
        group.post("repository/index", use: index)
        for place in ["models/:name", "models/:name/versions/:version"] {
            let model = group.group(RouterPath(place))
            model.get { _, context in Response(json: try await self.model(context).metadata.json) }
            model.get("ready") { _, context in
                let isServed = try await self.model(context).isReady
                return ready(isServed ? await isReady() : false)
            }
            model.post("infer", use: infer)
        }
    }

    private func model(_ context: GatewayContext) async throws -> InferenceModel {
        try await gateway.catalog().model(
            try context.parameters.require("name"), version: context.parameters.get("version"))
    }

    /// Whether the daemon takes work.
    private func isReady() async -> Bool {
        (try? await gateway.overview())?.daemon.takesWork ?? false
    }

    /// The protocol says 400 where others would say 503.
    private func ready(_ isReady: Bool) -> Response {
        Response(
            json: Value.object(["ready": .bool(isReady)]).json, status: isReady ? .ok : .badRequest)
    }

    @Sendable
    private func index(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await request.collect(upTo: 4096)
        var readyOnly = false
        if !body.isEmpty {
            guard let asked = try? Value(json: body) else {
                throw Refusal(400, "malformed", "the request is no JSON")
            }
            readyOnly = asked["ready"]?.boolValue ?? false
        }
        let index = try await gateway.catalog().repositoryIndex(readyOnly: readyOnly)
        return try gateway.answer(json: index.json, for: context.holder)
    }

    // MARK: Inference

    @Sendable
    private func infer(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (call, asked) = try await ask(request, context)
        let outcome = try await AwaitedOutcome.of(asked, for: request, context)
        if let refusal = Refusal(outcome) { throw refusal }
        let (value, parts) = try Self.result(outcome.content)
        return try response(InferenceAnswer(value, parts, to: call), context)
    }

    /// - Returns: what was asked, without its arguments: they are counted elsewhere.
    private func ask(
        _ request: Request, _ context: GatewayContext
    ) async throws -> (InferenceCall, DaemonRequest) {
        let model = try await model(context)
        let claim = gateway.bodies.claim(for: context.holder)
        var call = try InferenceCall(
            try await body(of: request, context, claim),
            jsonLength: try jsonLength(request.headers), of: model)
        let content = Content(call.takeEnvelope(), type: Envelope.contentType)
        try claim.change(to: content.bytes.count)
        var options = RequestOptions()
        options.caller = context.caller
        options.deadline = call.deadline
        let asked = gateway.link.submit(
            model.name, content, options, for: context.holder, claim: claim)
        return (call, asked)
    }

    private func body(
        of request: Request, _ context: GatewayContext, _ claim: Claim
    ) async throws -> [UInt8] {
        let encoding = request.headers[.contentEncoding] ?? "identity"
        guard encoding == "identity" else {
            throw Refusal(415, "unsupported_encoding", "send the body as it is, not in \(encoding)")
        }
        return try await request.collect(upTo: context.maxUploadSize, within: claim)
    }

    /// Nil: the body is JSON alone.
    private func jsonLength(_ headers: HTTPFields) throws -> Int? {
        guard let told = headers[.inferenceHeaderLength] else { return nil }
        guard let length = Int(told), length >= 0 else {
            throw Refusal(400, "malformed", "Inference-Header-Content-Length is not a length")
        }
        return length
    }

    private func response(
        _ answer: InferenceAnswer, _ context: GatewayContext
    ) throws(Refusal) -> Response {
        guard !answer.tensors.isEmpty else {
            return try gateway.answer(json: answer.json, for: context.holder)
        }
        return try gateway.answer(
            [answer.json[...]] + answer.tensors,
            [
                .contentType: "application/octet-stream",
                .inferenceHeaderLength: "\(answer.json.count)",
            ], for: context.holder)
    }

    private static func result(_ content: Content) throws -> (Value, [Part]) {
        do {
            return try Envelope.value(of: content.bytes, type: content.type)
        } catch {
            throw Refusal(500, "wrong_result", "the function's result cannot be read: \(error)")
        }
    }
}

extension HTTPField.Name {
    /// Bytes of JSON, behind which binary tensors begin.
    static let inferenceHeaderLength = named("Inference-Header-Content-Length")
}
