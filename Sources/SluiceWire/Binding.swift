import SluiceModel

// How a worker gets devices for as long as its process lives.
//
//   BIND --> BOUND --> (the connection ends) --> BIND held --> BOUND --> ...

/// What a worker asks for, or has, before it declares anything.
public struct Binding: Hashable, Sendable {
    /// How many devices, from 1 to `Limits.devicesPerLease`.
    public var count: Int
    /// Bytes that it will have in use on each when nothing runs, for all its functions together.
    public var memory: Int?
    /// Those that it would take; none: any. Where `isHeld`, exactly those that it has.
    public var devices: [String]
    /// Whether nobody else is to be on them.
    public var exclusive: Bool
    /// Whether it has them, from an earlier connection, perhaps to an earlier daemon.
    public var isHeld: Bool

    /// - Parameter devices: names that `Name.isValid` accepts, none twice, at most
    ///   `Limits.devices`; as many as `count` or more, unless there are none.
    public init(
        count: Int = 1, memory: Int? = nil, devices: [String] = [], exclusive: Bool = false,
        isHeld: Bool = false
    ) {
        self.count = count
        self.memory = memory
        self.devices = devices
        self.exclusive = exclusive
        self.isHeld = isHeld
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        self.init(count: try body.count("count", in: 1...Limits.devicesPerLease))
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .memory: memory = try attributes.memory()
            case .exclusive: exclusive = try attributes.truth()
            case .held: isHeld = try attributes.truth()
            case .devices: devices = try attributes.names(upTo: Limits.devices, &strings)
            default: try attributes.refuse(tag)
            }
        }
        guard !isHeld || !devices.isEmpty else { throw body.fault("devices", .missing) }
        guard isHeld ? devices.count == count : devices.isEmpty || devices.count >= count else {
            throw body.fault("count", .outOfRange)
        }
    }

    func encode(into out: inout OutputBuffer) {
        out.frame(.bind) { out in
            out.put(number: count)
            out.putAttributes { out in
                out.put(.memory, memory: memory)
                out.put(.exclusive, exclusive ? true : nil)
                out.put(.held, isHeld ? true : nil)
                out.put(.devices, names: devices)
            }
        }
    }
}

/// A worker has its devices.
public struct Bound: Hashable, Sendable {
    /// From 1 to `Limits.devicesPerLease`.
    public var devices: [String]
    /// What it is to set before a library looks for devices: `NAME=VALUE`.
    public var environment: [String]

    /// - Parameters:
    ///   - devices: names that `Name.isValid` accepts, none twice.
    ///   - environment: what `isAssignment` accepts, none twice, of 8 KiB together at most.
    public init(devices: [String], environment: [String] = []) {
        self.devices = devices
        self.environment = environment
    }

    /// Whether a program can have that in its environment.
    public static func isAssignment(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let end = bytes.firstIndex(of: UInt8(ascii: "=")), let first = bytes.first,
            !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first), end != bytes.startIndex
        else { return false }
        return bytes[..<end].allSatisfy(isOfName) && !bytes[end...].contains(0)
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        let count = try body.count("count", in: 1...Limits.devicesPerLease)
        self.init(devices: [])
        for _ in 0..<count {
            let device = try body.name("device", &strings)
            guard !devices.contains(device) else { throw body.fault("device", .repeated) }
            devices.append(device)
        }
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .environment:
                environment = try attributes.texts(upTo: Limits.assignmentsPerLease)
            default: try attributes.refuse(tag)
            }
        }
        guard environment.allSatisfy(Bound.isAssignment) else {
            throw body.fault("environment", .outOfRange)
        }
    }

    func encode(into out: inout OutputBuffer) {
        out.frame(.bound) { out in
            out.put(number: devices.count)
            for device in devices { out.put(name: device) }
            out.putAttributes { out in out.put(.environment, texts: environment) }
        }
    }
}
