import Testing

@testable import SluiceGateway

@Suite("Errors in the form of each API")
struct ErrorFormTests {
    @Test(
        "A path says whose API is asked",
        arguments: [
            ("/v1/functions", ErrorForm.ours), ("/", .ours), ("/readyz", .ours), ("/v20", .ours),
            ("/v2", .inference), ("/v2/models/f/infer", .inference), ("/config", .gradio),
            ("/gradio_api/info", .gradio), ("/gradio_apis", .ours), ("", .ours),
        ])
    func paths(path: String, form: ErrorForm) { #expect(ErrorForm(path: path) == form) }

    @Test("Each says what happened where its clients look")
    func bodies() throws {
        let refusal = Refusal(503, "busy", "come again", retryAfter: .milliseconds(2500))
        func text(_ form: ErrorForm) -> String {
            String(decoding: refusal.body(in: form), as: UTF8.self)
        }
        #expect(
            text(.ours) == #"{"error":{"code":"busy","message":"come again","retry_after":2.5}}"#)
        #expect(
            text(.gradio)
                == #"{"code":"busy","detail":"come again","error":"come again","retry_after":2.5}"#)
        #expect(text(.inference) == #"{"error":"come again"}"#)
    }
}
