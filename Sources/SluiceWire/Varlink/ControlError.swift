/// Why a call of `io.sluice.Control` was refused.
public enum ControlError: Error, Hashable, Sendable {
    case unknownQueue(String, nearest: String?)
    case unknownFunction(String, nearest: String?)
    case unknownWorker(UInt64)
    case unknownDevice(String, nearest: String?)
    /// It is not there, so that it cannot be used again.
    case deviceLost(String)
    /// Not live: never admitted, or its outcome is given. Of a detached one: not stored.
    case unknownRequest(UInt64)
    /// It has no outcome yet, or none that can be mended.
    case notRetryable(UInt64, reason: String)
    case notFinished(UInt64)
    /// Detached requests cannot be had.
    case storeFailed(reason: String)
    /// There is no room for another.
    case storeFull
    case notAKey(String, of: Control.Target, keys: [String])
    case valueOutOfRange(key: String, value: String, allowed: String)
    case inUse(function: String)
    /// The change is in force, but not kept over a restart.
    case notKept(reason: String)
    case configurationInvalid([Control.ConfigurationError])
    /// The caller is neither root nor a member of the group.
    case permissionDenied(group: String)
    /// systemd did not do with a worker's unit what it was asked for.
    case unitFailed(String, reason: String)
    case tooMany(String, limit: Int)
}

extension Control {
    /// One thing that is wrong with the configuration, and where.
    public struct ConfigurationError: Codable, Hashable, Sendable {
        public var file: String
        @Nullable public var line: Int?
        @Nullable public var key: String?
        public var message: String

        public init(file: String, line: Int? = nil, key: String? = nil, message: String) {
            self.file = file
            self.line = line
            self.key = key
            self.message = message
        }
    }
}

extension ControlError {
    /// The bytes of the reply that says so.
    public var message: [UInt8] {
        switch self {
        case .unknownQueue(let name, let nearest):
            reply("UnknownQueue", Body(concurrencyID: name, nearest: nearest))
        case .unknownFunction(let name, let nearest):
            reply("UnknownFunction", Body(function: name, nearest: nearest))
        case .unknownWorker(let id): reply("UnknownWorker", Body(id: id))
        case .unknownDevice(let name, let nearest):
            reply("UnknownDevice", Body(nearest: nearest, device: name))
        case .deviceLost(let name): reply("DeviceLost", Body(device: name))
        case .unknownRequest(let id): reply("UnknownRequest", Body(id: id))
        case .notRetryable(let id, let reason):
            reply("NotRetryable", Body(id: id, reason: reason))
        case .notFinished(let id): reply("NotFinished", Body(id: id))
        case .storeFailed(let reason): reply("StoreFailed", Body(reason: reason))
        case .storeFull: reply("StoreFull", Body())
        case .notAKey(let key, let target, let keys):
            reply("NotAKey", Body(key: key, target: target, keys: keys))
        case .valueOutOfRange(let key, let value, let allowed):
            reply("ValueOutOfRange", Body(key: key, value: value, allowed: allowed))
        case .inUse(let function): reply("InUse", Body(function: function))
        case .notKept(let reason): reply("NotKept", Body(reason: reason))
        case .configurationInvalid(let errors): reply("ConfigurationInvalid", Body(errors: errors))
        case .permissionDenied(let group): reply("PermissionDenied", Body(group: group))
        case .unitFailed(let unit, let reason):
            reply("UnitFailed", Body(reason: reason, unit: unit))
        case .tooMany(let what, let limit): reply("TooMany", Body(what: what, limit: limit))
        }
    }

    /// The error a reply carries; nil where it carries none of this interface, or one that a
    /// newer daemon has.
    public init?(_ reply: VarlinkReply) {
        guard let name = reply.error, name.hasPrefix("\(Control.interface)."),
            let body = try? reply.parameters(as: Body.self)
        else { return nil }
        self.init(name.dropFirst(Control.interface.utf8.count + 1), body)
    }

    private init?(_ name: Substring, _ body: Body) {
        switch name {
        case "UnknownQueue":
            self = .unknownQueue(body.concurrencyID ?? "", nearest: body.nearest)
        case "UnknownFunction":
            self = .unknownFunction(body.function ?? "", nearest: body.nearest)
        case "UnknownWorker": self = .unknownWorker(body.id ?? 0)
        case "UnknownDevice":
            self = .unknownDevice(body.device ?? "", nearest: body.nearest)
        case "DeviceLost": self = .deviceLost(body.device ?? "")
        case "UnknownRequest": self = .unknownRequest(body.id ?? 0)
        case "NotRetryable":
            self = .notRetryable(body.id ?? 0, reason: body.reason ?? "")
        case "NotFinished": self = .notFinished(body.id ?? 0)
        case "StoreFailed": self = .storeFailed(reason: body.reason ?? "")
        case "StoreFull": self = .storeFull
        case "NotAKey":
            self = .notAKey(body.key ?? "", of: body.target ?? .daemon, keys: body.keys ?? [])
        case "ValueOutOfRange":
            self = .valueOutOfRange(
                key: body.key ?? "", value: body.value ?? "", allowed: body.allowed ?? "")
        case "InUse": self = .inUse(function: body.function ?? "")
        case "NotKept": self = .notKept(reason: body.reason ?? "")
        case "ConfigurationInvalid": self = .configurationInvalid(body.errors ?? [])
        case "PermissionDenied": self = .permissionDenied(group: body.group ?? "")
        case "UnitFailed":
            self = .unitFailed(body.unit ?? "", reason: body.reason ?? "")
        case "TooMany": self = .tooMany(body.what ?? "", limit: body.limit ?? 0)
        default: return nil
        }
    }

    private func reply(_ name: String, _ body: Body) -> [UInt8] {
        VarlinkReply.message(error: "\(Control.interface).\(name)", body)
    }

    /// The parameters of all errors in one: each uses a few and leaves the others out.
    private struct Body: Codable {
        var concurrencyID: String?
        var function: String?
        var nearest: String?
        var id: UInt64?
        var key: String?
        var target: Control.Target?
        var keys: [String]?
        var value: String?
        var allowed: String?
        var errors: [Control.ConfigurationError]?
        var group: String?
        var what: String?
        var limit: Int?
        var reason: String?
        var device: String?
        var unit: String?

        enum CodingKeys: String, CodingKey {
            case function, nearest, id, key, target, keys, value, allowed, errors, group, what
            case limit, reason, device, unit
            case concurrencyID = "concurrency_id"
        }
    }
}
