import Testing

@testable import SluiceGateway

@Suite("What of an upload is kept")
struct IntakeTests {
    private static let type = "multipart/form-data; boundary=b"

    private static func part(_ disposition: String, _ body: String) -> String {
        "--b\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n\(body)\r\n"
    }

    private func steps(
        _ form: String, limit: Int = 10
    ) throws(Refusal) -> [UploadIntake.Step] {
        var intake = try UploadIntake(contentType: Self.type, limit: limit)
        var steps: [UploadIntake.Step] = []
        intake.receive(Array(form.utf8)[...])
        while let step = try intake.next() { steps.append(step) }
        try intake.finish()
        return steps
    }

    @Test("Files of the field files are, and nothing else")
    func files() throws {
        let form =
            Self.part("name=\"files\"; filename=\"../a.txt\"", "one")
            + Self.part("name=\"files\"", "no file") + Self.part("name=\"x\"; filename=\"y\"", "z")
            + Self.part("name=\"files\"; filename=\"\"", "") + "--b--"
        let unknown = ContentKind.unknown
        #expect(
            try steps(form) == [
                .begin(name: "a.txt", contentType: unknown), .bytes(Array("one".utf8)[...]), .end,
                .begin(name: "file", contentType: unknown), .end,
            ])
    }

    @Test("A file over the limit is too large, one at it is not")
    func limit() throws {
        let ten = Self.part("name=\"files\"; filename=\"a\"", "0123456789")
        #expect(try steps(ten + ten + "--b--").count == 6)
        let refusal = try #require(throws: Refusal.self) { try steps(ten + "--b--", limit: 9) }
        #expect(refusal.status == 413 && refusal.code == "too_large")
    }

    @Test("Other fields have a bound of their own")
    func others() throws {
        let many = String(repeating: "x", count: GatewayLimits.body + 1)
        let refusal = try #require(throws: Refusal.self) { try steps(Self.part("name=a", many)) }
        #expect(refusal.status == 413)
    }

    @Test("What is no form, is none of files, or breaks off is malformed")
    func malformed() throws {
        for form in ["", "--b--", Self.part("name=a", "x") + "--b--", Self.part("name=a", "x")] {
            let refusal = try #require(throws: Refusal.self) { try steps(form) }
            #expect(refusal.status == 400 && refusal.code == "malformed")
        }
        for type in [nil, "text/plain", "multipart/form-data"] {
            #expect(throws: Refusal.self) { try UploadIntake(contentType: type, limit: 1) }
        }
    }
}

@Suite("How an upload goes")
struct UploadNewsTests {
    @Test("Bytes of a file are added up until they are read, and the end is said once")
    func order() throws {
        var news = UploadNews<String>()
        try news.watch("id", "reader")
        #expect(news.read("id").messages.isEmpty)
        news.begin("id")
        #expect(news.note("id", "a", 2) == "reader" && news.note("id", "a", 3) == "reader")
        _ = news.note("id", "b", 1)
        let (messages, isLast) = news.read("id")
        #expect(
            messages == [
                ["msg": "update", "orig_name": "a", "chunk_size": 5],
                ["msg": "update", "orig_name": "b", "chunk_size": 1],
            ] && !isLast)
        #expect(news.end("id") == "reader")
        #expect(news.read("id").messages == [["msg": "done"]] && news.read("id").isLast)
    }

    @Test("Who comes late hears that it is done, and of nothing for another name")
    func late() throws {
        var news = UploadNews<String>()
        news.begin("id")
        #expect(news.note("id", "a", 1) == nil && news.note("other", "a", 1) == nil)
        #expect(news.end("id") == nil)
        try news.watch("id", "reader")
        #expect(news.read("id").isLast)
        news.leave("id")
        try news.watch("id", "reader")
        #expect(!news.read("id").isLast)
    }

    @Test("A name may be used again, and tells of the last upload")
    func again() throws {
        var news = UploadNews<String>()
        news.begin("id")
        _ = news.end("id")
        news.begin("id")
        try news.watch("id", "reader")
        #expect(!news.read("id").isLast)
    }

    @Test("There is one reader, of a name that is not too long")
    func readers() throws {
        var news = UploadNews<String>()
        try news.watch("id", "reader")
        let taken = try #require(throws: Refusal.self) { try news.watch("id", "other") }
        #expect(taken.status == 409)
        news.leave("id")
        try news.watch("id", "other")
        let long = String(repeating: "x", count: 129)
        #expect(throws: Refusal.self) { try news.watch(long, "reader") }
        news.begin(long)
        #expect(news.note(long, "a", 1) == nil)
    }

    @Test("Uploads that are over give their room to others; those that are not keep it")
    func room() throws {
        var news = UploadNews<String>()
        for number in 0..<GatewayLimits.watchedUploads { news.begin("\(number)") }
        let full = try #require(throws: Refusal.self) { try news.watch("new", "reader") }
        #expect(full.status == 503 && full.code == "too_many_watched")
        _ = news.end("7")
        try news.watch("new", "reader")
        #expect(throws: Refusal.self) { try news.watch("newer", "reader") }
    }
}
