import Glibc

/// Where the programs are that a run needs.
public struct Programs: Sendable {
    public var bench: String
    /// Those of the brokers that are there.
    private var brokers: [BrokerKind: String] = [:]

    /// Those named, else those beside this program, else those of `PATH`. Peers may be missing.
    public init(sluiced: String? = nil, relay: String? = nil) throws(BenchError) {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = max(0, readlink("/proc/self/exe", &room, room.count))
        let own = String(decoding: room[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let beside = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
        bench = own
        // Debian puts some daemons where only root's PATH looks.
        let common = path.split(separator: ":").map(String.init) + ["/usr/sbin"]
        for kind in BrokerKind.allCases {
            brokers[kind] = Self.path(of: kind.program, in: [beside] + common)
        }
        brokers[.sluice] = sluiced ?? brokers[.sluice]
        brokers[.relay] = relay ?? brokers[.relay]
        _ = try self.path(of: .sluice)
        _ = try self.path(of: .relay)
    }

    private static func path(of program: String, in places: [String]) -> String? {
        places.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    public func has(_ kind: BrokerKind) -> Bool { brokers[kind] != nil }

    func path(of kind: BrokerKind) throws(BenchError) -> String {
        guard let path = brokers[kind] else { throw .notFound(program: kind.program) }
        return path
    }

    /// What the program says that its version is.
    public func version(of kind: BrokerKind) -> String? {
        guard let path = brokers[kind], let option = kind.versionOption else { return nil }
        do {
            let child = try Child([path, option], errors: "/dev/null")
            return BrokerKind.version(in: try child.awaitLine(within: 10))
        } catch {
            return nil
        }
    }
}
