/// Types of content, as far as it matters to a browser what they are.
public enum ContentKind {
    public static let unknown = "application/octet-stream"

    /// A type that can stand in a header; what cannot be one is `unknown`.
    public static func checked(_ type: String?) -> String {
        guard let type, type.utf8.count <= 100 else { return unknown }
        let halves = type.split(separator: "/", omittingEmptySubsequences: false)
        let isName = { (half: Substring) in
            !half.isEmpty
                && half.utf8.allSatisfy {
                    0x30...0x39 ~= $0 || 0x41...0x5a ~= $0 || 0x61...0x7a ~= $0
                        || "!#$&-^_.+".utf8.contains($0)
                }
        }
        guard halves.count == 2, halves.allSatisfy(isName) else { return unknown }
        return type.lowercased()
    }

    /// Whether a browser may show it: what can hold no script that would run as the gateway's page.
    public static func isShown(_ type: String) -> Bool { suffixes[type] != nil }

    /// How files of a type are named; empty where nobody knows.
    public static func suffix(_ type: String) -> String { suffixes[type].map { "." + $0 } ?? "" }

    private static let suffixes = [
        "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
        "image/avif": "avif", "image/bmp": "bmp",
        "audio/mpeg": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/ogg": "ogg",
        "audio/flac": "flac", "audio/x-flac": "flac", "audio/mp4": "m4a", "audio/aac": "aac",
        "audio/webm": "weba",
        "video/mp4": "mp4", "video/webm": "webm", "video/ogg": "ogv",
        "text/plain": "txt", "application/json": "json",
    ]
}
