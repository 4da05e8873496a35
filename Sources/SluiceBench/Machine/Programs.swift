import Glibc

/// Where the programs are that a run needs.
public struct Programs: Sendable {
    public var bench: String
    public var sluiced: String
    public var relay: String

    /// Those named, else those beside this program, else those of `PATH`.
    public init(sluiced: String? = nil, relay: String? = nil) throws(BenchError) {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = max(0, readlink("/proc/self/exe", &room, room.count))
        let own = String(decoding: room[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let beside = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
        bench = own
        let places = [beside] + path.split(separator: ":").map(String.init)
        self.sluiced = try Self.path(sluiced, of: "sluiced", in: places, "--sluiced")
        self.relay = try Self.path(relay, of: "sluice-relay", in: places, "--relay")
    }

    private static func path(
        _ named: String?, of program: String, in places: [String], _ option: String
    ) throws(BenchError) -> String {
        if let named { return named }
        for place in places where access("\(place)/\(program)", X_OK) == 0 {
            return "\(place)/\(program)"
        }
        throw .notFound(program: program, option: option)
    }
}
