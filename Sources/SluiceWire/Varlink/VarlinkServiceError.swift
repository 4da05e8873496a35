/// Errors that every Varlink service may answer with.
public enum VarlinkServiceError: Error, Hashable, Sendable {
    case interfaceNotFound(String)
    case methodNotFound(String)
    case methodNotImplemented(String)
    case invalidParameter(String)
    case permissionDenied
    /// The method only makes sense with `more`.
    case expectedMore

    /// The bytes of the reply that says so.
    public var message: [UInt8] {
        switch self {
        case .interfaceNotFound(let interface): reply("InterfaceNotFound", ["interface": interface])
        case .methodNotFound(let method): reply("MethodNotFound", ["method": method])
        case .methodNotImplemented(let method): reply("MethodNotImplemented", ["method": method])
        case .invalidParameter(let name): reply("InvalidParameter", ["parameter": name])
        case .permissionDenied: reply("PermissionDenied", [:])
        case .expectedMore: reply("ExpectedMore", [:])
        }
    }

    private func reply(_ name: String, _ parameters: [String: String]) -> [UInt8] {
        VarlinkReply.message(error: "\(VarlinkService.interface).\(name)", parameters)
    }

    /// The error a reply carries; nil where it carries another.
    public init?(_ reply: VarlinkReply) {
        guard let name = reply.error, name.hasPrefix("\(VarlinkService.interface).") else {
            return nil
        }
        let said = (try? reply.parameters(as: [String: String].self)) ?? [:]
        switch name.dropFirst(VarlinkService.interface.utf8.count + 1) {
        case "InterfaceNotFound": self = .interfaceNotFound(said["interface"] ?? "")
        case "MethodNotFound": self = .methodNotFound(said["method"] ?? "")
        case "MethodNotImplemented": self = .methodNotImplemented(said["method"] ?? "")
        case "InvalidParameter": self = .invalidParameter(said["parameter"] ?? "")
        case "PermissionDenied": self = .permissionDenied
        case "ExpectedMore": self = .expectedMore
        default: return nil
        }
    }
}

extension VarlinkServiceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .interfaceNotFound(let interface): "there is no interface \(interface)"
        case .methodNotFound(let method): "there is no method \(method)"
        case .methodNotImplemented(let method): "\(method) is not implemented"
        case .invalidParameter(let name): "parameter \(name) is missing or of the wrong type"
        case .permissionDenied: "permission denied"
        case .expectedMore: "the call only makes sense with 'more'"
        }
    }
}
