import Testing

@testable import SluiceGateway

@Suite("Forms are read as they come")
struct MultipartTests {
    private static let form = """
        a preamble that nobody reads\r
        --b0und\r
        Content-Disposition: form-data; name="files"; filename="cat.png"\r
        Content-Type: image/PNG; x=y\r
        \r
        \r\n--b0un and \r\r\n--b0\r\r
        -- more\r
        --b0und  \r
        content-disposition: form-data; name=other\r
        \r
        \r
        --b0und\r
        Content-Disposition: form-data; filename="a\\"b\\\\c.txt" ; name="files"\r
        X-Other: 1\r
        \r
        text\r
        --b0und--\r
        an epilogue --b0und
        """

    @Test("It says the same however it is cut: at every byte, and at every two")
    func cuts() throws {
        let whole = try read(Self.form, cutAt: [])
        #expect(whole.map(\.head.name) == ["files", "other", "files"])
        #expect(whole.map(\.head.filename) == ["cat.png", nil, "a\"b\\c.txt"])
        #expect(whole.map(\.head.contentType) == ["image/png", nil, nil])
        #expect(whole.map(\.text) == ["\r\n--b0un and \r\r\n--b0\r\r\n-- more", "", "text"])
        let count = Self.form.utf8.count
        for first in 0...count {
            #expect(try read(Self.form, cutAt: [first]) == whole)
            #expect(try read(Self.form, cutAt: [first, min(count, first + 3)]) == whole)
        }
        #expect(try read(Self.form, cutAt: Array(1..<count)) == whole)
    }

    @Test("Bytes of any kind come as they are, boundaries cut in two included")
    func binary() throws {
        var bytes: [UInt8] = []
        for index in 0..<5000 { bytes += [UInt8(truncatingIfNeeded: index &* 7919), 13, 10, 45] }
        let head = "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"\"\r\n\r\n"
        let form = Array(head.utf8) + bytes + Array("\r\n--x--".utf8)
        for size in [1, 2, 3, 7, 64, 4096, form.count] {
            var parser = MultipartParser(boundary: "x")
            var out: [UInt8] = []
            for start in stride(from: 0, to: form.count, by: size) {
                parser.receive(form[start..<min(form.count, start + size)])
                while let event = try parser.next() {
                    if case .bytes(let data) = event { out += data }
                }
            }
            try parser.finish()
            #expect(out == bytes, "in pieces of \(size)")
        }
    }

    @Test(
        "What is no form is refused, and said what it is",
        arguments: [
            ("", MultipartError.noBoundary),
            ("--other\r\n\r\n", .noBoundary),
            ("--b0und", .truncated),
            ("--b0und\r\nContent-Disposition: form-data; name=a\r\n\r\nx", .truncated),
            ("--b0undary\r\n", .badBoundary),
            ("--b0und\n", .badBoundary),
            ("--b0und" + String(repeating: " ", count: 65), .badBoundary),
            ("--b0und\r\nno colon\r\n\r\n", .badHead),
            ("--b0und\r\n: empty\r\n\r\n", .badHead),
            ("--b0und\r\nContent-Disposition: form-data; name=a\n\r\n", .badHead),
            ("--b0und\r\nX: a\rb\r\n\r\n", .badHead),
            ("--b0und\r\n\r\n", .badHead),
            ("--b0und\r\nContent-Disposition: attachment; name=a\r\n\r\n", .badHead),
            ("--b0und\r\nContent-Disposition: form-data\r\n\r\n", .badHead),
            ("--b0und\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n", .badHead),
            ("--b0und\r\nContent-Disposition: form-data; name=\"a\r\n\r\n", .badHead),
            ("--b0und\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\n", .badHead),
        ])
    func malformed(text: String, error: MultipartError) {
        #expect(throws: error) { try read(text, cutAt: []) }
        #expect(throws: error) { try read(text, cutAt: Array(0..<text.utf8.count)) }
    }

    @Test("Nothing of it is kept without a bound: no head, no preamble, no number of parts")
    func bounds() throws {
        let long = String(repeating: "x", count: GatewayLimits.multipartHead + 1)
        #expect(throws: MultipartError.headTooLong) { try read("--b0und\r\nX: \(long)", cutAt: []) }
        #expect(throws: MultipartError.noBoundary) { try read(long, cutAt: []) }
        let part = "--b0und\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
        let most = String(repeating: part, count: GatewayLimits.multipartParts)
        #expect(try read(most + "--b0und--", cutAt: []).count == GatewayLimits.multipartParts)
        #expect(throws: MultipartError.tooManyParts) {
            try read(most + part + "--b0und--", cutAt: [])
        }
    }

    @Test("A boundary is what the header says, in quotes or without")
    func boundary() {
        let find = MultipartParser.boundary(contentType:)
        #expect(find("multipart/form-data; boundary=abc") == "abc")
        #expect(find("Multipart/Form-Data; charset=x; Boundary=\"a b;c\"") == "a b;c")
        #expect(find("multipart/form-data") == nil)
        #expect(find("multipart/form-data; boundary=") == nil)
        #expect(find("multipart/form-data; boundary=a; boundary=b") == nil)
        #expect(find("multipart/mixed; boundary=abc") == nil)
        #expect(find("multipart/form-data; boundary=a\u{e9}") == nil)
        #expect(find("multipart/form-data; boundary=\(String(repeating: "a", count: 71))") == nil)
    }

    private struct Piece: Equatable {
        var head: MultipartHead
        var text = ""
        var hasEnded = false
    }

    private func read(_ form: String, cutAt cuts: [Int]) throws(MultipartError) -> [Piece] {
        let bytes = Array(form.utf8)
        var parser = MultipartParser(boundary: "b0und")
        var parts: [Piece] = []
        var data: [[UInt8]] = []
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            parser.receive(bytes[start..<end])
            while let event = try parser.next() {
                switch event {
                case .begin(let head):
                    parts.append(Piece(head: head))
                    data.append([])
                case .bytes(let more): data[data.count - 1] += more
                case .end: parts[parts.count - 1].hasEnded = true
                }
            }
        }
        try parser.finish()
        for (index, bytes) in data.enumerated() {
            parts[index].text = String(decoding: bytes, as: UTF8.self)
        }
        return parts
    }
}
