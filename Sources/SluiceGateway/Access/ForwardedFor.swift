/// What a proxy says in X-Forwarded-For of where a request came from.
public enum ForwardedFor {
    /// The last address, which is the one that our proxy wrote; those before it are what others
    /// told the proxy. As it stands there: whether it is one is not looked at.
    ///
    /// - Parameter values: of all headers of that name, in order.
    public static func last(in values: [String]) -> String? {
        guard let text = values.last?.split(separator: ",", omittingEmptySubsequences: false).last
        else { return nil }
        var trimmed = text.drop { $0 == " " || $0 == "\t" }
        while trimmed.last == " " || trimmed.last == "\t" { trimmed.removeLast() }
        if trimmed.first == "[", trimmed.last == "]" { trimmed = trimmed.dropFirst().dropLast() }
        return trimmed.isEmpty || trimmed.utf8.count > 64 ? nil : String(trimmed)
    }
}
