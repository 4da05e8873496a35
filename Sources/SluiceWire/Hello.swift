import SluiceModel

/// Versions of the protocol.
public enum ProtocolVersion {
    /// The one this code speaks. A second is a range here and a switch in the messages.
    public static let current: UInt16 = 1

    /// The highest version that both speak.
    static func negotiate(_ hello: Hello) throws(WireError) -> UInt16 {
        guard hello.lowestVersion <= current, current <= hello.highestVersion else {
            throw .noVersionInCommon(lowest: hello.lowestVersion, highest: hello.highestVersion)
        }
        return current
    }
}

/// The first frame of a client or worker.
public struct Hello: Hashable, Sendable {
    public var lowestVersion = ProtocolVersion.current
    public var highestVersion = ProtocolVersion.current
    /// Kept as long as the process lives, over reconnections.
    public var session: UniqueID
    /// What the peer understands beyond the page.
    public var features: Features = []
    /// Of the program, for people.
    public var name: String?
    /// Its process id in the daemon's own namespace, if it knows better than the kernel.
    public var process: UInt32?

    private static let magic: UInt32 = 0x4543_4c53  // "SLCE"

    public init(session: UniqueID, name: String? = nil, process: UInt32? = nil) {
        self.session = session
        self.name = name
        self.process = process
    }

    init(_ frame: Frame) throws(WireError) {
        guard frame.kind == .hello else { throw .unexpectedKind(frame.kind) }
        var body = BodyReader(frame)
        guard try body.integer("magic") == Hello.magic else {
            throw body.fault("magic", .outOfRange)
        }
        lowestVersion = try body.integer("lowest version")
        highestVersion = try body.integer("highest version")
        guard 1 <= lowestVersion, lowestVersion <= highestVersion else {
            throw body.fault("lowest version", .outOfRange)
        }
        session = try body.uniqueID("session")
        features = Features(rawValue: try body.integer("features"))
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .name: name = try attributes.text()
            case .process: process = try attributes.integer()
            default: try attributes.refuse(tag)
            }
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        out.frame(.hello) { out in
            out.put(Hello.magic)
            out.put(lowestVersion)
            out.put(highestVersion)
            out.put(session)
            out.put(features.rawValue)
            out.putAttributes { out in
                out.put(.name, text: name)
                out.put(.process, process)
            }
        }
    }
}

/// The daemon's answer to HELLO.
public struct Welcome: Hashable, Sendable {
    public var version = ProtocolVersion.current
    /// Of this start of the daemon: another one after reconnecting means that it was restarted.
    public var instance: UniqueID
    /// What the daemon offers beyond the page.
    public var features: Features = []
    /// Bytes of a body that the daemon takes.
    public var longestBody: Int
    /// Live requests that it takes on this connection.
    public var liveRequests: Int
    /// Of the daemon, for people.
    public var name: String?

    public init(
        instance: UniqueID, longestBody: Int = Limits.frameBody,
        liveRequests: Int = Limits.requestsPerClient, name: String? = nil
    ) {
        self.instance = instance
        self.longestBody = longestBody
        self.liveRequests = liveRequests
        self.name = name
    }

    init(_ frame: Frame) throws(WireError) {
        guard frame.kind == .welcome else { throw .unexpectedKind(frame.kind) }
        var body = BodyReader(frame)
        version = try body.integer("version")
        try body.zero(as: UInt16.self)
        instance = try body.uniqueID("instance")
        features = Features(rawValue: try body.integer("features"))
        longestBody = Int(try body.integer("longest body", as: UInt32.self))
        liveRequests = Int(try body.integer("live requests", as: UInt32.self))
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .name: name = try attributes.text()
            default: try attributes.refuse(tag)
            }
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        out.frame(.welcome) { out in
            out.put(version)
            out.put(UInt16(0))
            out.put(instance)
            out.put(features.rawValue)
            out.put(number: longestBody)
            out.put(number: liveRequests)
            out.putAttributes { out in out.put(.name, text: name) }
        }
    }
}
