import Foundation
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("The document of the API says what there is")
struct OpenAPITests {
    private let document = OpenAPI.document(version: "1")

    @Test("Its paths and methods are those that the gateway knows")
    func paths() throws {
        let paths = try #require(document["paths"]?.objectValue)
        for (path, item) in paths {
            let methods = (item.objectValue ?? [:]).keys.filter { $0 != "parameters" }
            #expect(APIPath.methods(of: path)?.map { $0.lowercased() }.sorted() == methods.sorted())
        }
        #expect(paths.count == 7)
    }

    @Test("Every reference leads somewhere")
    func references() {
        func look(_ value: Value) {
            if let name = value["$ref"]?.stringValue?.split(separator: "/").last {
                #expect(document["components"]?["schemas"]?[String(name)] != nil)
            }
            for field in value.objectValue ?? [:] { look(field.value) }
            for item in value.arrayValue ?? [] { look(item) }
        }
        look(document)
    }

    @Test("Every status that an outcome may have is among the answers", arguments: Code.allCases)
    func statuses(code: Code) {
        let outcome = RequestOutcome(OutcomeReport(code), content: Content([]))
        guard let status = Refusal(outcome)?.status else { return }
        let answers = document["paths"]?["/v1/functions/{name}/requests"]?["post"]?["responses"]
        #expect(answers?["\(status)"] != nil)
    }

    @Test("Every kind of event is named")
    func events() throws {
        let get = document["paths"]?["/v1/requests/{id}/events"]?["get"]
        let text = try #require(get?["description"]?.stringValue)
        for kind in EventKind.allCases { #expect(text.contains(kind.rawValue)) }
    }

    @Test("Below the API, what is not there is 404, and what cannot be done with it 405")
    func unknown() {
        #expect(APIPath.refusal("GET", "/v1").0.code == "unknown_path")
        #expect(APIPath.refusal("GET", "/v1/functions/").0.status == 404)
        #expect(APIPath.refusal("GET", "/v1/requests//events").0.status == 404)
        #expect(APIPath.refusal("PUT", "/v1/requests/x").0.status == 405)
        #expect(APIPath.refusal("PUT", "/v1/requests/x").allow == ["GET", "DELETE"])
        #expect(APIPath.decoded("a%2Bb%20c") == "a+b c" && APIPath.decoded("a%2") == nil)
        #expect(APIPath.decoded("%ff") == nil && APIPath.decoded("%+1") == nil)
    }

    @Test("What is not there is said with what was asked, and with where to look")
    func nothing() {
        let ours = APIPath.refusal("GET", "/v1/function").0
        #expect(ours.message == "nothing answers GET /v1/function; see /v1/openapi.json")
        let others = APIPath.refusal("GET", "/v2/models/f/infer").0
        #expect(others.message == "nothing answers GET /v2/models/f/infer; see sluice-http(8)")
        let long = APIPath.refusal(String(repeating: "A", count: 99), "/v10/" + others.message).0
        #expect(long.status == 404 && long.message.utf8.count < 250)
    }
}
