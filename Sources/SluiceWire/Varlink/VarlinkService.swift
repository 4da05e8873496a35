/// What every Varlink service answers about itself: the interface `org.varlink.service`.
public enum VarlinkService {
    public static let interface = "org.varlink.service"

    /// Who this is and which interfaces it has.
    public struct GetInfo: VarlinkMethod {
        public static let name = "\(interface).GetInfo"
        public init() {}

        public struct Reply: Codable, Hashable, Sendable {
            public var vendor: String
            public var product: String
            public var version: String
            public var url: String
            public var interfaces: [String]

            public init(version: String) {
                vendor = "Sluice"
                product = "sluiced"
                self.version = version
                url = "man:sluice(7)"
                interfaces = [VarlinkService.interface, Control.interface]
            }
        }
    }

    /// The text of one interface.
    public struct GetInterfaceDescription: VarlinkMethod {
        public static let name = "\(VarlinkService.interface).GetInterfaceDescription"
        public var interface: String
        public init(interface: String) { self.interface = interface }

        public struct Reply: Codable, Hashable, Sendable {
            public var description: String
            public init(description: String) { self.description = description }
        }

        /// The answer, for the interfaces there are.
        public func answer() throws(VarlinkServiceError) -> Reply {
            switch interface {
            case VarlinkService.interface: return Reply(description: VarlinkService.description)
            case Control.interface: return Reply(description: Control.description)
            default: throw .interfaceNotFound(interface)
            }
        }
    }
}

/// A call by its parameters; the name and the type of its reply follow from them.
public protocol VarlinkMethod: Codable, Hashable, Sendable {
    associatedtype Reply: Codable, Sendable
    /// Interface and method.
    static var name: String { get }
}

extension VarlinkMethod {
    /// The bytes of the call.
    public func message(more: Bool = false) -> [UInt8] {
        VarlinkCall.message(Self.name, self, more: more)
    }

    /// The bytes of an answer, of the type that the method promises.
    public static func message(reply: Reply, continues: Bool = false) -> [UInt8] {
        VarlinkReply.message(reply, continues: continues)
    }
}

extension VarlinkService {
    /// The text of `org.varlink.service`, as the Varlink project defines it.
    public static let description = """
        # What every Varlink service answers about itself.
        interface org.varlink.service

        # Who this is and which interfaces it has.
        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        # The text of one interface.
        method GetInterfaceDescription(interface: string) -> (description: string)

        error InterfaceNotFound (interface: string)
        error MethodNotFound (method: string)
        error MethodNotImplemented (method: string)
        error InvalidParameter (parameter: string)
        error PermissionDenied ()
        error ExpectedMore ()
        """
}
