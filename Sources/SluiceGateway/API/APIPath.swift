/// The paths of Sluice's own API, and what may be done with each.
public enum APIPath {
    public static let root = "/v1"
    private static let document = root + "/openapi.json"

    /// Where a request is found.
    public static func request(_ name: RequestName) -> String { "/v1/requests/\(name.text)" }
    static func events(_ name: RequestName) -> String { request(name) + "/events" }
    static func result(_ name: RequestName) -> String { request(name) + "/result" }

    /// The methods that a path knows; nil: it is no path of ours.
    public static func methods(of path: String) -> [String]? {
        let words = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard words.first == "v1", !words.dropFirst().contains("") else { return nil }
        let rest = words.dropFirst().map(String.init)
        switch (rest.first, rest.count, rest.last) {
        case ("openapi.json", 1, _), ("functions", 1, _), ("functions", 2, _): return ["GET"]
        case ("functions", 3, "requests"): return ["POST"]
        case ("requests", 2, _): return ["GET", "DELETE"]
        case ("requests", 3, "result"), ("requests", 3, "events"): return ["GET"]
        default: return nil
        }
    }

    /// What is answered where no route is: in our API it is known what there is instead.
    public static func refusal(_ method: String, _ path: String) -> (Refusal, allow: [String]?) {
        guard let methods = methods(of: path) else {
            let isOurs = path == root || path.hasPrefix(root + "/")
            let place = "\(method.prefix(16)) \(path.prefix(128))"
            return (
                Refusal(
                    404, "unknown_path",
                    "nothing answers \(place); see \(isOurs ? document : "sluice-http(8)")"), nil
            )
        }
        let list = methods.joined(separator: ", ")
        return (
            Refusal(405, "method_not_allowed", "this path knows \(list), not \(method)"), methods
        )
    }

    /// A segment of a path without its percents; nil: it is not encoded rightly.
    public static func decoded(_ segment: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(segment.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
