import SluiceModel
import Testing

@testable import SluiceGateway

@Suite("Files that are kept for a while")
struct UploadTests {
    private let start = Instant(nanoseconds: 1_000_000_000_000)
    private let ann = Holder.address("a")

    @Test("A file goes an hour after its last use, and not before")
    func age() throws {
        var uploads = Uploads<Int>(limit: 100)
        let one = try uploads.add(1, of: ann, size: 40, at: start)
        let two = try uploads.add(2, of: ann, size: 40, at: start)
        #expect(uploads.use(one, at: start + .seconds(3000))?.file == 1)
        #expect(uploads.use(two, at: start + .seconds(3600)) == nil)
        #expect(uploads.use(one, at: start + .seconds(6599))?.file == 1)
        #expect(uploads.bytes == 40 && uploads.count == 1)
        #expect(uploads.use(one, at: start + .seconds(10199)) == nil)
        #expect(uploads.bytes == 0 && uploads.count == 0)
    }

    @Test("What is not known is not there, whatever its name")
    func unknown() throws {
        var uploads = Uploads<Int>(limit: 100)
        let path = try uploads.add(1, of: ann, at: start)
        let other = try #require(UploadPath("/sluice/\(path.token)/other"))
        #expect(uploads.use(other, at: start)?.path == path)
        let wrong = try #require(UploadPath("/sluice/\(String(path.token.reversed()))/a"))
        #expect(uploads.use(wrong, at: start) == nil)
    }

    @Test("Over the bytes of all together an upload is refused, and counts no more")
    func bytes() throws {
        var uploads = Uploads<Int>(limit: 100)
        _ = try uploads.add(1, of: ann, size: 60, at: start)
        let refusal = try #require(throws: Refusal.self) {
            _ = try uploads.add(2, of: ann, size: 41, at: start)
        }
        #expect(refusal.status == 503 && refusal.code == "uploads_full")
        #expect(refusal.retryAfter != nil)
        _ = try uploads.add(3, of: ann, size: 40, at: start)
        #expect(uploads.bytes == 100 && uploads.count == 2)
        _ = try uploads.add(4, of: ann, size: 100, at: start + .seconds(3600))
        #expect(uploads.bytes == 100 && uploads.count == 1)
    }

    @Test("What is on its way counts, and what broke off does not")
    func arriving() throws {
        var uploads = Uploads<Int>(limit: 100)
        try uploads.begin(for: ann, at: start)
        try uploads.grow(by: 70, for: ann, at: start)
        #expect(throws: Refusal.self) { try uploads.grow(by: 31, for: ann, at: start) }
        #expect(throws: Refusal.self) { _ = try uploads.add(1, of: ann, size: 31, at: start) }
        uploads.abandon(bytes: 70, of: ann)
        #expect(uploads.bytes == 0 && uploads.count == 0)
    }

    @Test("There are so many files and no more")
    func number() throws {
        var uploads = Uploads<Int>(limit: 1 << 30)
        for number in 0..<GatewayLimits.uploads { _ = try uploads.add(number, of: ann, at: start) }
        #expect(throws: Refusal.self) { try uploads.begin(for: ann, at: start) }
        try uploads.begin(for: ann, at: start + .seconds(3600))
    }

    @Test("Answers that nobody has read for a minute make room, uploads of then do not")
    func answers() throws {
        var uploads = Uploads<Int>(limit: 100)
        let upload = try uploads.add(1, of: ann, size: 50, at: start)
        let old = try uploads.add(2, of: ann, size: 25, isAnswer: true, at: start)
        let read = try uploads.add(3, of: ann, size: 25, isAnswer: true, at: start)
        #expect(throws: Refusal.self) { _ = try uploads.add(4, of: ann, at: start + .seconds(59)) }
        #expect(uploads.use(read, at: start + .seconds(30)) != nil)
        _ = try uploads.add(5, of: ann, size: 25, at: start + .seconds(60))
        #expect(uploads.use(old, at: start + .seconds(60)) == nil)
        #expect(uploads.use(read, at: start + .seconds(60)) != nil)
        #expect(uploads.use(upload, at: start + .seconds(60)) != nil)
    }

    @Test(
        "What does not look as the gateway's own paths do is none",
        arguments: [
            "", "/", "/etc/passwd", "/sluice", "/sluice//a", "sluice/x/y",
            "/sluice/0123456789abcdef0123456789abcdef", "/sluice/0123456789abcdef0123456789abcdef/",
            "/sluice/0123456789ABCDEF0123456789abcdef/a",
            "/sluice/0123456789abcdef0123456789abcdeg/a",
            "/sluice/0123456789abcdef0123456789abcdef/../a",
            "/sluice/../0123456789abcdef0123456789abcdef/a",
            "//sluice/0123456789abcdef0123456789abcdef/a", "https://x/sluice/0/a",
        ])
    func paths(text: String) { #expect(UploadPath(text) == nil) }

    @Test("A path that was given out is one")
    func ownPath() {
        let path = UploadPath(random: Array(0..<16), name: "Ä cat.png")
        #expect(path.text == "/sluice/000102030405060708090a0b0c0d0e0f/Ä cat.png")
        #expect(UploadPath(path.text) == path)
        #expect(path.urlPath == "/sluice/000102030405060708090a0b0c0d0e0f/%C3%84%20cat.png")
    }

    @Test(
        "Names are cleaned of what could mean something",
        arguments: [
            ("cat.png", "cat.png"), ("../../etc/passwd", "passwd"), ("C:\\dir\\a.txt", "a.txt"),
            ("..", "file"), ("", "file"), (".hidden", "hidden"), ("a\r\nb\0\u{202e}c", "abc"),
            ("a%22b<script>\"'.png", "abscript.png"), ("Grüße, 東京 (1).jpg", "Grüße, 東京 (1).jpg"),
            (" . a . ", "a"), ("a/", "file"), ("?#&;$`|", "file"),
        ])
    func names(said: String, kept: String) { #expect(UploadName.cleaned(said) == kept) }

    @Test("A name that is too long keeps its ending")
    func longNames() {
        let name = UploadName.cleaned(String(repeating: "é", count: 500) + ".tar.gz")
        #expect(name.utf8.count <= UploadName.longest && name.hasSuffix("é.gz"))
        let stem = UploadName.cleaned(String(repeating: "x.", count: 500) + "y")
        #expect(stem.utf8.count <= UploadName.longest)
        let piled = UploadName.cleaned("a" + String(repeating: "\u{301}", count: 500) + ".png")
        #expect(piled.utf8.count <= UploadName.longest)
    }

    @Test("What a browser could run is not shown")
    func kinds() {
        #expect(ContentKind.isShown("image/png") && ContentKind.isShown("text/plain"))
        for type in ["text/html", "image/svg+xml", "application/xhtml+xml", "application/pdf"] {
            #expect(!ContentKind.isShown(type))
        }
        #expect(ContentKind.checked("Image/PNG") == "image/png")
        for type in ["", "png", "a/b/c", "a/b\r\nX: y", "a b/c", "/", "text/html; x", nil] {
            #expect(ContentKind.checked(type) == ContentKind.unknown)
        }
    }

    @Test(
        "A reader gets the range it asked for, and all where it asked for none that is one",
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-3", .bytes(0..<4)), ("bytes=4-", .bytes(4..<10)),
            ("bytes=-3", .bytes(7..<10)), ("bytes=-99", .bytes(0..<10)),
            ("bytes=8-99", .bytes(8..<10)), ("bytes=10-", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=3-2", .whole), ("bytes=-", .whole),
            ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole), ("bytes=+1-2", .whole),
            ("bytes=99999999999999999999-", .whole),
        ])
    func ranges(header: String?, range: ByteRange) {
        #expect(ByteRange(header, size: 10) == range)
    }
}
