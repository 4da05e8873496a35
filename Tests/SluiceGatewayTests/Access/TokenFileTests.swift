import SluiceGateway
import Testing

@Suite("A file of tokens is read as a whole or not at all")
struct TokenFileTests {
    private let secret = "0123456789abcdefghij"

    private func tokens(_ text: String) throws(TokenFileError) -> [AccessToken] {
        try TokenFile.tokens(in: Array(text.utf8), of: "tokens")
    }

    private func mistake(_ text: String) -> String? {
        do { _ = try tokens(text) } catch { return error.description }
        return nil
    }

    @Test("Names, tokens and shares; comments, blank lines and line ends of others do not matter")
    func reads() throws {
        let text = "# people\n\n  alice\t\(secret)  max_requests=3 \r\n#bob x\ncarol \(secret)==\n"
        let found = try tokens(text)
        #expect(
            found == [
                AccessToken("alice", Array(secret.utf8), maxRequests: 3),
                AccessToken("carol", Array("\(secret)==".utf8)),
            ])
    }

    @Test(
        "What is wrong is said with file and line, and without the token",
        arguments: [
            ("\nalice", "tokens:2: a line has"),
            ("alice short", "tokens:1: a token has at least 20"),
            ("al/ice 0123456789abcdefghij", "tokens:1: a name"),
            ("a:b 0123456789abcdefghij", "tokens:1: a name"),
            ("alice 0123456789abcdefghi§", "tokens:1: a token has letters"),
            ("alice 0123456789abcdefghij max_requests=0", "tokens:1: behind a token"),
            ("alice 0123456789abcdefghij requests=1", "tokens:1: behind a token"),
            ("a 0123456789abcdefghij\nb 0123456789abcdefghij", "tokens:2: the token is that of"),
            ("a 0123456789abcdefghij\na 0123456789abcdefghik", "tokens:2: a has a token in line 1"),
            ("# nobody\n", "tokens: there is no token"),
        ])
    func refuses(text: String, words: String) throws {
        let said = try #require(mistake(text))
        #expect(said.hasPrefix(words))
        #expect(!said.contains("0123456789"))
    }

    @Test("As many tokens as there may be, and as long ones, are read; one more is refused")
    func limits() {
        let lines = (1...GatewayLimits.tokens).map { "user\($0) \(secret)\($0)\n" }.joined()
        #expect(mistake(lines) == nil)
        #expect(mistake("\(lines)more \(secret)")?.contains("more than 1024 tokens") == true)
        let longest = String(repeating: "x", count: GatewayLimits.longestToken)
        #expect(mistake("a \(longest)") == nil)
        #expect(mistake("a \(longest)x")?.contains("at most 512") == true)
        let comment = String(repeating: "#", count: GatewayLimits.tokenFile)
        #expect(mistake(comment)?.contains("no token") == true)
        #expect(mistake(comment + "#")?.contains("larger than 262144") == true)
    }
}

@Suite("What a request says to be let in")
struct CredentialsTests {
    @Test("A bearer's token, or a name and the token for its password")
    func kinds() {
        #expect(Credentials(authorization: "Bearer abc=")?.secret == Array("abc=".utf8))
        #expect(Credentials(authorization: "bearer  abc")?.secret == Array("abc".utf8))
        let basic = Credentials(authorization: "Basic YWxpY2U6YTpi")
        #expect(basic?.name == "alice" && basic?.secret == Array("a:b".utf8))
        #expect(Credentials(authorization: "Basic YWxpY2U6YQ==")?.secret == Array("a".utf8))
    }

    @Test(
        "Anything else is nothing",
        arguments: [
            "", "Bearer", "Digest abc", "Basic YWxp*", "Basic YWxpY2U=", "Basic YQ==YQ==",
            "Bearer " + String(repeating: "x", count: GatewayLimits.authorization),
        ])
    func others(header: String) { #expect(Credentials(authorization: header) == nil) }
}
