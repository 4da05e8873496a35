/// A host and perhaps a port, as in a Host header.
struct Authority: Hashable, Sendable {
    /// In lower case; IPv6 without its brackets.
    var host: String
    var port: Int?

    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= GatewayLimits.origin else { return nil }
        var rest = Substring(text)
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = rest[..<end].lowercased()
            rest = rest[end...]
        }
        guard !host.isEmpty, !host.contains(where: { "/@?# ".contains($0) }) else { return nil }
        // The root's dot names the same.
        if host.hasSuffix("."), host.count > 1 { host.removeLast() }
        guard !rest.isEmpty else { return }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()) else { return nil }
        self.port = Int(port)
    }
}

/// Where a page is from, as browsers say it.
struct Origin: Hashable, Sendable {
    let scheme: String
    let authority: Authority
    /// In lower case.
    let text: String

    init?(_ text: String) {
        guard text.utf8.count <= GatewayLimits.origin,
            let mark = text.firstRange(of: "://"),
            let authority = Authority(String(text[mark.upperBound...]))
        else { return nil }
        scheme = text[..<mark.lowerBound].lowercased()
        guard !scheme.isEmpty else { return nil }
        self.authority = authority
        self.text = text.lowercased()
    }

    var usualPort: Int? {
        switch scheme {
        case "http": 80
        case "https": 443
        default: nil
        }
    }
}
