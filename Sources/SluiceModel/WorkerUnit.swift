/// A unit of the template `sluice-worker@.service`: the only ones that the daemon may start and
/// stop, by a polkit rule that says the same.
public struct WorkerUnit: Hashable, Sendable, CustomStringConvertible {
    /// What stands behind the `@`.
    public let instance: String

    private static let prefix = "sluice-worker@"
    private static let suffix = ".service"

    /// So that the unit, its drop-in's directory and its files all have room in 255 bytes.
    public static let longestInstance = 200

    /// Nil where no worker can be called that.
    public init?(instance: String) {
        guard 1...Self.longestInstance ~= instance.utf8.count,
            instance.utf8.first != UInt8(ascii: "."), instance.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        self.instance = instance
    }

    /// Nil where it is another kind of unit.
    public init?(unit: String) {
        guard unit.hasPrefix(Self.prefix), unit.hasSuffix(Self.suffix) else { return nil }
        self.init(instance: String(unit.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)))
    }

    /// Whether the user that the template names after it, for as long as it runs, can be: 31
    /// letters, digits, `_` and `-`.
    public var hasUser: Bool {
        !instance.contains { ".:".contains($0) } && "model-\(instance)".utf8.count <= 31
    }

    public var description: String { Self.prefix + instance + Self.suffix }

    /// What systemd allows but `@` and the backslash of escaped names: an instance is a file's
    /// name, too, and what a person types.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
