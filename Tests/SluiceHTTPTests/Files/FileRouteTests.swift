import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("Files in and out, without a daemon")
struct FileRouteTests {
    private static let boundary = "a-boundary"

    private func gateway(_ change: (inout GatewaySettings) -> Void = { _ in }) throws -> Gateway {
        var settings = GatewaySettings.withoutDaemon
        change(&settings)
        return try Gateway(settings)
    }

    private func form(_ files: [(name: String, type: String, body: String)]) -> ByteBuffer {
        var out = ByteBuffer()
        for file in files {
            out.writeString(
                "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"files\"; "
                    + "filename=\"\(file.name)\"\r\nContent-Type: \(file.type)\r\n\r\n"
                    + file.body + "\r\n")
        }
        out.writeString("--\(Self.boundary)--\r\n")
        return out
    }

    private func upload(
        _ client: some TestClientProtocol, _ files: [(name: String, type: String, body: String)]
    ) async throws -> TestResponse {
        try await client.execute(
            uri: "/gradio_api/upload", method: .post,
            headers: [.contentType: "multipart/form-data; boundary=\(Self.boundary)"],
            body: form(files))
    }

    private func paths(_ response: TestResponse) throws -> [String] {
        let value = try Value(json: response.body.readableBytesView)
        return (value.arrayValue ?? []).compactMap(\.stringValue)
    }

    @Test("What is uploaded can be downloaded, whole and in part, and its head looked at")
    func round() async throws {
        let app = Application(router: try gateway().router())
        try await app.test(.router) { client in
            let answer = try await upload(
                client, [("a cat.png", "image/png", "0123456789"), ("b.html", "text/html", "<b>")])
            #expect(answer.status == .ok)
            let paths = try paths(answer)
            try #require(paths.count == 2)
            let uri = "/gradio_api/file=" + paths[0].replacing(" ", with: "%20")
            try await client.execute(uri: uri, method: .get) { response in
                #expect(String(buffer: response.body) == "0123456789")
                #expect(response.headers[.contentType] == "image/png")
                #expect(
                    response.headers[.contentDisposition] == "inline; filename*=UTF-8''a%20cat.png")
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
            }
            try await client.execute(uri: uri, method: .get, headers: [.range: "bytes=2-4"]) {
                #expect($0.status == .partialContent && String(buffer: $0.body) == "234")
                #expect($0.headers[.contentRange] == "bytes 2-4/10")
            }
            try await client.execute(uri: uri, method: .get, headers: [.range: "bytes=10-"]) {
                #expect($0.status == .rangeNotSatisfiable)
            }
            try await client.execute(uri: uri, method: .head) {
                #expect($0.status == .ok && $0.body.readableBytes == 0)
                #expect($0.headers[.contentLength] == "10")
            }
            try await client.execute(uri: "/gradio_api/file=" + paths[1], method: .get) {
                #expect($0.headers[.contentDisposition] == "attachment; filename*=UTF-8''b.html")
            }
        }
    }

    @Test("A file over the limit is refused, and none of its form is kept")
    func tooLarge() async throws {
        let gateway = try gateway { $0.maxUploadBytes = 5 }
        let app = Application(router: gateway.router())
        try await app.test(.router) { client in
            let files = [("a", "text/plain", "12345"), ("b", "text/plain", "123456")]
            let refused = try await upload(client, files)
            #expect(refused.status == .contentTooLarge)
            #expect(String(buffer: refused.body).contains("\"code\":\"too_large\""))
            #expect(gateway.uploads.used.bytes == 0)
            #expect(try await upload(client, Array(files.prefix(1))).status == .ok)
            #expect(gateway.uploads.used.bytes == 5)
        }
    }

    @Test("When there is no room for more, who uploads is told to come again")
    func full() async throws {
        let app = Application(router: try gateway { $0.maxUploadsBytes = 300 }.router())
        try await app.test(.router) { client in
            let large = [("a", "text/plain", String(repeating: "x", count: 100))]
            #expect(try await upload(client, large).status == .ok)
            #expect(try await upload(client, large).status == .ok)
            #expect(try await upload(client, large).status == .ok)
            let refused = try await upload(client, large)
            #expect(refused.status == .serviceUnavailable)
            #expect(refused.headers[.retryAfter] == "60")
            #expect(String(buffer: refused.body).contains("\"code\":\"uploads_full\""))
        }
    }

    @Test(
        "What is not in the table is not there, whatever is there on disk",
        arguments: [
            "/etc/passwd", "etc/passwd", "/sluice/../../etc/passwd", "%2fetc%2fpasswd",
            "/sluice/000102030405060708090a0b0c0d0e0f/a", "/sluice/%00/x", "", "/",
            "file=/etc/passwd",
        ])
    func unknown(path: String) async throws {
        let app = Application(router: try gateway().router())
        try await app.test(.router) { client in
            try await client.execute(uri: "/gradio_api/file=" + path, method: .get) {
                #expect($0.status == .notFound)
            }
        }
    }

    @Test("A file goes to a worker with its bytes, and a worker's comes to be downloaded")
    func bridge() async throws {
        let gateway = try gateway()
        let app = Application(router: gateway.router())
        try await app.test(.router) { client in
            let answer = try await upload(client, [("cat.png", "image/png", "meow")])
            let path = try #require(try paths(answer).first)
            let bridge = gateway.uploads.bridge(for: .unknown, root: "http://here")
            let meta: Value = ["_type": "gradio.FileData"]
            var claimed = 0
            let (values, parts) = try bridge.incoming([["path": .string(path), "meta": meta]]) {
                claimed += $0
            }
            #expect(claimed == 4)
            #expect(values == [.part(0)])
            #expect(parts.map { Array($0.bytes) } == [Array("meow".utf8)])
            #expect(parts[0].name == "cat.png" && parts[0].contentType == "image/png")

            var kept: [UploadPath] = []
            let out = bridge.outgoing([.part(0)], parts, &kept)
            let file = try #require(out.arrayValue?.first)
            #expect(file["size"] == 4 && file["orig_name"] == "cat.png")
            let url = try #require(file["url"]?.stringValue)
            #expect(url.hasPrefix("http://here/gradio_api/file=/sluice/"))
            let uri = String(url.dropFirst("http://here".count))
            try await client.execute(uri: uri, method: .get) {
                #expect(String(buffer: $0.body) == "meow")
            }
            // What was uploaded stays.
            bridge.letGo(of: kept)
            #expect(gateway.uploads.used.files == 1)
            try await client.execute(uri: uri, method: .get) { #expect($0.status == .notFound) }
        }
    }

    @Test("How an upload goes can be read by one who names it, while it is there and after")
    func progress() async throws {
        let app = Application(router: try gateway().router())
        try await app.test(.router) { client in
            try await client.execute(
                uri: "/gradio_api/upload?upload_id=one", method: .post,
                headers: [.contentType: "multipart/form-data; boundary=\(Self.boundary)"],
                body: form([("a.txt", "text/plain", "12345")])
            ) { #expect($0.status == .ok) }
            let uri = "/gradio_api/upload_progress"
            try await client.execute(uri: uri + "?upload_id=one", method: .get) { response in
                let update = "{\"chunk_size\":5,\"msg\":\"update\",\"orig_name\":\"a.txt\"}"
                let text = String(buffer: response.body)
                #expect(text == "data: \(update)\n\ndata: {\"msg\":\"done\"}\n\n")
            }
            try await client.execute(uri: uri, method: .get) { #expect($0.status == .badRequest) }
        }
    }
}
