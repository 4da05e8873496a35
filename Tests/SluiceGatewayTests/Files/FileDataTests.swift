import Testing

@testable import SluiceGateway

@Suite("Files in the words of Gradio's clients")
struct FileDataTests {
    private static let token = "000102030405060708090a0b0c0d0e0f"
    private static let path = "/sluice/\(token)/cat.png"
    private static let meta: Value = ["_type": "gradio.FileData"]

    private func incoming(
        _ data: [Value], limit: Int = 100
    ) throws(Refusal) -> (values: [Value], parts: [Part]) {
        try FileData.incoming(
            data, limit: limit,
            find: { path in
                guard path.token == Self.token || path.token.hasPrefix("ff") else { return nil }
                return FileData.Found(
                    name: "cat.png", contentType: "image/png", size: 3, file: path.token)
            }, read: { (token: String) in Array(token.utf8.prefix(3))[...] })
    }

    @Test("A file that was uploaded is a part, wherever it stands, and one part however often")
    func parts() throws {
        let file: Value = ["path": .string(Self.path), "url": "x", "meta": Self.meta]
        let other: Value = [
            "path": "/sluice/ff0102030405060708090a0b0c0d0e0f/a", "meta": Self.meta,
        ]
        let (values, parts) = try incoming(["a", file, [other, ["x": file]], ["path": "plain"]])
        #expect(values == ["a", .part(0), [.part(1), ["x": .part(0)]], ["path": "plain"]])
        #expect(parts.map { Array($0.bytes) } == [Array("000".utf8), Array("ff0".utf8)])
        #expect(parts[0].name == "cat.png" && parts[0].contentType == "image/png")
    }

    @Test("What files take is told before the first is copied, and a refusal copies none")
    func counted() throws {
        let file: Value = ["path": .string(Self.path), "meta": Self.meta]
        let other: Value = [
            "path": "/sluice/ff0102030405060708090a0b0c0d0e0f/a", "meta": Self.meta,
        ]
        var told: [Int] = []
        var read = 0
        let full = Refusal(429, "over_share", "")
        let refusal = #expect(throws: Refusal.self) {
            try FileData.incoming(
                [file, other, file], limit: 100,
                find: {
                    FileData.Found(name: "a", contentType: "b", size: 50, file: $0.token)
                },
                claim: { count throws(Refusal) in
                    told.append(count)
                    throw full
                },
                read: { (token: String) in
                    read += 1
                    return Array(token.utf8)[...]
                })
        }
        #expect(refusal == full && told == [100] && read == 0)
    }

    @Test("A path that is not known is refused by its name, and nothing is fetched")
    func unknown() throws {
        for path in ["/etc/passwd", "/sluice/\(String(Self.token.reversed()))/a", ""] {
            let refusal = try #require(throws: Refusal.self) {
                _ = try incoming([["path": .string(path), "meta": Self.meta]])
            }
            #expect(refusal.status == 422 && refusal.code == "unknown_file")
            #expect(refusal.message.contains("no file \(path)"))
        }
        let addresses: [Value] = [
            ["path": "http://127.0.0.1/x", "meta": Self.meta],
            ["path": .null, "url": "file:///etc/passwd", "meta": Self.meta],
            ["url": "https://example.org", "meta": Self.meta],
        ]
        for address in addresses {
            let refusal = try #require(throws: Refusal.self) { _ = try incoming([address]) }
            #expect(refusal.status == 422 && refusal.message.contains("fetches nothing"))
        }
    }

    @Test("The files of a call are bounded together, before one is read")
    func bounded() throws {
        let files = (0..<4).map { number -> Value in
            [
                "path": .string("/sluice/ff0102030405060708090a0b0c0d0e0\(number)/a"),
                "meta": Self.meta,
            ]
        }
        #expect(try incoming(files, limit: 12).parts.count == 4)
        let refusal = try #require(throws: Refusal.self) { _ = try incoming(files, limit: 11) }
        #expect(refusal.status == 413 && refusal.code == "too_large")
    }

    private func outgoing(_ value: Value, _ parts: [Part]) -> (Value, [[UInt8]]) {
        var kept: [[UInt8]] = []
        let shown = FileData.outgoing(value, parts) { name, type, bytes in
            kept.append(Array(bytes.joined()))
            return .string("\(name) \(type)")
        }
        return (shown, kept)
    }

    @Test("Parts become files: by name, by type, or as bytes")
    func files() {
        var named = Part([1][...])
        (named.name, named.contentType) = ("../a b.png", "image/png")
        var typed = Part([2][...])
        typed.contentType = "audio/wav"
        let (shown, kept) = outgoing(
            ["a": [.part(0), .part(1), .part(2), .part(0)], "n": .number(.nan), "gone": .part(9)],
            [named, typed, Part([3][...])])
        #expect(
            shown == [
                "a": [
                    "a b.png image/png", "file.wav audio/wav", "file application/octet-stream",
                    "a b.png image/png",
                ], "n": .null, "gone": .null,
            ])
        #expect(kept == [[1], [2], [3]])
    }

    @Test("What is said of a file is what clients look for")
    func said() throws {
        let path = try #require(UploadPath("/sluice/\(Self.token)/a b.png"))
        let value = FileData.value(path, contentType: "image/png", size: 3, root: "http://h:1")
        #expect(
            value["url"] == .string("http://h:1/gradio_api/file=/sluice/\(Self.token)/a%20b.png"))
        #expect(value["path"] == .string(path.text) && value["size"] == 3)
        #expect(value["meta"] == Self.meta && value["is_stream"] == false)
        #expect(value["orig_name"] == "a b.png" && value["mime_type"] == "image/png")
    }

    @Test("A file that cannot be kept says why in its place")
    func full() {
        let shown = FileData.outgoing([.part(0), 1], [Part([1][...])]) { _, _, _ throws(Refusal) in
            throw Refusal(503, "uploads_full", "no room")
        }
        #expect(shown.arrayValue?[0]["error"] == ["code": "uploads_full", "message": "no room"])
        #expect(shown.arrayValue?[1] == 1)
    }

    private func array(_ dtype: String, _ shape: [Int]?, _ bytes: [UInt8]) -> Part {
        var part = Part(bytes[...])
        (part.dtype, part.shape) = (dtype, shape)
        return part
    }

    @Test(
        "Arrays are lists, of every kind and width and in both orders",
        arguments: [
            ("|b1", [1, 0], [true, false] as Value), ("|i1", [255, 1], [-1, 1]),
            ("|u1", [255], [255]), ("<i2", [0xfe, 0xff], [-2]), (">i2", [0xff, 0xfe], [-2]),
            ("<u2", [0xfe, 0xff], [65534]), ("<i4", [1, 0, 0, 0x80], [-2_147_483_647]),
            ("<u4", [255, 255, 255, 255], [4_294_967_295]),
            (">i8", [255, 255, 255, 255, 255, 255, 255, 253], [-3]),
            ("<u8", [1, 0, 0, 0, 0, 0, 0, 0x80], [9_223_372_036_854_775_808.0]),
            ("<f2", [0, 0x3e], [1.5]), ("<f4", [0, 0, 0xc0, 0x3f], [1.5]),
            (">f8", [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], [1.5]),
            ("<f4", [0, 0, 0x80, 0x7f, 0, 0, 0xc0, 0x7f], [.null, .null]),
        ] as [(String, [UInt8], Value)])
    func numbers(dtype: String, bytes: [UInt8], value: Value) {
        #expect(outgoing(.part(0), [array(dtype, nil, bytes)]).0 == value)
    }

    @Test("Shapes are lists in lists, those without elements and without dimensions too")
    func shapes() {
        let six = array("|u1", [2, 3], [1, 2, 3, 4, 5, 6])
        #expect(outgoing(.part(0), [six]).0 == [[1, 2, 3], [4, 5, 6]])
        #expect(outgoing(.part(0), [array("|u1", [], [7])]).0 == 7)
        #expect(outgoing(.part(0), [array("|u1", [2, 0], [])]).0 == [[], []])
    }

    @Test("What is too large for lists, or of numbers that JSON lacks, is a file of numpy's")
    func large() throws {
        let bytes = [UInt8](repeating: 1, count: GatewayLimits.arrayElements + 1)
        let (shown, kept) = outgoing(
            [.part(0), .part(1)],
            [array("|u1", [bytes.count], bytes), array("<c8", [1], Array(0..<8))])
        #expect(
            shown == ["array.npy application/octet-stream", "array.npy application/octet-stream"])
        let head = "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }"
        #expect(kept[1].count == 128 + 8 && kept[1].prefix(6) == [0x93, 78, 85, 77, 80, 89])
        #expect(String(decoding: kept[1][10...].prefix(head.utf8.count), as: UTF8.self) == head)
        #expect(kept[0].count == 128 + bytes.count)
    }

    @Test(
        "What says that it is an array and is none is a file, and no shape takes more than it has",
        arguments: [
            ("<f4", [2]), ("<f4", [-1]), ("xx", [3]), ("<f0", [3]), ("|u1", [1 << 62, 1 << 62]),
            ("|u1", [Int.max, 0, Int.max]), ("|V3", [1]), ("", [3]),
        ])
    func lies(dtype: String, shape: [Int]) {
        let (shown, kept) = outgoing(.part(0), [array(dtype, shape, [1, 2, 3])])
        #expect(shown == "file application/octet-stream" && kept == [[1, 2, 3]])
    }

    @Test("A shape of many lists with nothing in them is a file")
    func empty() {
        let (shown, _) = outgoing(.part(0), [array("|u1", [1 << 40, 0], [])])
        #expect(shown == "array.npy application/octet-stream")
    }
}
