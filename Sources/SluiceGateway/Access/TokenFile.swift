import SluiceWire

/// A file of tokens: a line for each, `NAME TOKEN [max_requests=N]`; what begins with # is a
/// comment.
public enum TokenFile {
    /// Reads all of it, or says what is wrong with the first line that is.
    ///
    /// - Parameter name: of the file, for messages.
    public static func tokens(
        in text: [UInt8], of name: String
    ) throws(TokenFileError) -> [AccessToken] {
        guard text.count <= GatewayLimits.tokenFile else {
            throw TokenFileError(name, "it is larger than \(GatewayLimits.tokenFile) bytes")
        }
        var tokens: [AccessToken] = []
        var lines: [String: Int] = [:]
        var secrets: [[UInt8]: Int] = [:]
        for (index, line) in text.split(separator: newline, omittingEmptySubsequences: false)
            .enumerated()
        {
            let number = index + 1
            let words = line.split(whereSeparator: isBlank)
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            let token: AccessToken
            do { token = try self.token(words) } catch {
                throw TokenFileError(name, line: number, error.message)
            }
            if let other = lines.updateValue(number, forKey: token.name) {
                throw TokenFileError(
                    name, line: number, "\(token.name) has a token in line \(other) already")
            }
            if let other = secrets.updateValue(number, forKey: token.secret) {
                throw TokenFileError(name, line: number, "the token is that of line \(other)")
            }
            tokens.append(token)
            guard tokens.count <= GatewayLimits.tokens else {
                throw TokenFileError(
                    name, line: number, "there are more than \(GatewayLimits.tokens) tokens")
            }
        }
        guard !tokens.isEmpty else {
            throw TokenFileError(name, "there is no token in it, so nobody could come in")
        }
        return tokens
    }

    private struct Mistake: Error {
        let message: String
    }

    private static func token(_ words: [ArraySlice<UInt8>]) throws(Mistake) -> AccessToken {
        guard words.count >= 2 else {
            throw Mistake(message: "a line has a name, a token, and perhaps max_requests=N")
        }
        let name = String(decoding: words[0], as: UTF8.self)
        // With it in Basic authorization a name could not be told from the token.
        guard Name.isValid(name), !name.contains(":") else {
            throw Mistake(
                message:
                    "a name has printable characters of ASCII, without '/' and ':', at most 128")
        }
        let secret = Array(words[1])
        guard secret.count >= GatewayLimits.shortestToken else {
            throw Mistake(
                message: "a token has at least \(GatewayLimits.shortestToken) characters, "
                    + "such as those of 'openssl rand -hex 24'")
        }
        guard secret.count <= GatewayLimits.longestToken, secret.allSatisfy(isOfToken) else {
            throw Mistake(
                message: "a token has letters, digits and '-._~+/=', "
                    + "and at most \(GatewayLimits.longestToken)")
        }
        var token = AccessToken(name, secret)
        for word in words.dropFirst(2) {
            let text = String(decoding: word, as: UTF8.self)
            guard text.hasPrefix("max_requests="), token.maxRequests == nil,
                let number = Int(text.dropFirst("max_requests=".count)), number >= 1
            else {
                throw Mistake(message: "behind a token there can be max_requests=N, 1 or more")
            }
            token.maxRequests = number
        }
        return token
    }

    private static let newline = UInt8(ascii: "\n")

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }

    /// What can follow "Bearer" (RFC 6750).
    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}
