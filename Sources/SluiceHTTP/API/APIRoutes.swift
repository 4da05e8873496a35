import Hummingbird
import SluiceGateway
import SluiceModel

/// What there is to be called, and how: the functions, and the document that describes the API.
struct APIRoutes: RouteGroup {
    let gateway: Gateway

    func add(to router: Router<GatewayContext>) {
        let document = OpenAPI.document(version: version).json
        router.get("v1/openapi.json") { _, _ in Response(json: document) }
        router.get("v1/functions") { _, context in
            let functions = try await gateway.catalog().functions.map(\.told)
            return try gateway.answer(
                json: Value.object(["functions": .array(functions)]).json, for: context.holder)
        }
        router.get("v1/functions/:name") { _, context in
            let told = try context.parameters.require("name")
            let name = APIPath.decoded(told)
            guard let name, let function = try await gateway.catalog()[name] else {
                throw Refusal(
                    404, "unknown_function",
                    "there is no function named \((name ?? told).prefix(128)); /v1/functions has "
                        + "those that there are")
            }
            return Response(json: function.told.json)
        }
        RequestRoutes(gateway: gateway, desk: RequestDesk(gateway.link)).add(to: router)
    }
}
