/// Who is let in, as far as that can be told without secrets: by the names that a request uses for
/// the gateway and for the page that it comes from.
public struct Doorstep: Hashable, Sendable {
    /// Origins of pages of others that may ask, such as `https://app.example.org`.
    public var origins: Set<String>
    /// Whether any may.
    public var allowsAnyOrigin: Bool
    /// Names that the gateway may be called by besides those of the loopback.
    public var hosts: Set<String>
    /// Whether tokens are wanted: then a page that got itself a name of ours has none.
    public var wantsTokens: Bool

    public init(_ settings: GatewaySettings, wantsTokens: Bool) throws(SettingsError) {
        allowsAnyOrigin = settings.allowedOrigins.contains("*")
        guard !allowsAnyOrigin || !wantsTokens else {
            throw SettingsError(
                "--allow-origin '*' and tokens exclude each other: name the origins")
        }
        origins = []
        for origin in settings.allowedOrigins where origin != "*" {
            guard let known = Origin(origin), known.text == origin.lowercased() else {
                throw SettingsError(
                    "--allow-origin \(origin): an origin is SCHEME://HOST[:PORT] without a path")
            }
            origins.insert(known.text)
        }
        hosts = []
        for host in settings.allowedHosts {
            guard let known = Authority(host), known.port == nil else {
                throw SettingsError("--allow-host \(host): a name or address without a port")
            }
            hosts.insert(known.host)
        }
        self.wantsTokens = wantsTokens
    }

    /// What a request says of itself.
    public struct Visit: Hashable, Sendable {
        /// Its Host.
        public var authority: String?
        /// Its Origin, which browsers send along where a page of another asks.
        public var origin: String?
        /// Whether it only looks.
        public var isRead = true
        /// Whether it came over the loopback.
        public var isLocal = false

        public init() {}
    }

    /// Why it is turned away, whatever secret it has; nil: it is not.
    public func refusal(of visit: Visit) -> Refusal? {
        if !isNameOfOurs(visit) {
            return .notOurs(visit.authority ?? "nothing")
        }
        // To look, a page needs what `allowed` says in the answer.
        if let origin = visit.origin, !visit.isRead, allowed(origin) == nil,
            !isSame(origin, visit.authority)
        {
            return .foreign(origin)
        }
        return nil
    }

    /// The origin as it is to be echoed; nil where its pages may not see what we answer.
    public func allowed(_ origin: String?) -> String? {
        guard let origin, origin.utf8.count <= GatewayLimits.origin else { return nil }
        return allowsAnyOrigin || origins.contains(origin.lowercased()) ? origin : nil
    }

    /// A page whose name was made to lead to this machine is of the gateway's own origin, as its
    /// browser sees it; but its name is not the gateway's.
    private func isNameOfOurs(_ visit: Visit) -> Bool {
        guard visit.isLocal, !wantsTokens else { return true }
        guard let host = visit.authority.flatMap({ Authority($0) })?.host else { return false }
        return host == "localhost" || host == "::1" || host.isLoopbackNumber || hosts.contains(host)
    }

    /// Whether a page at that place may change something: nobody but us made its name lead here.
    public func isNameForChanges(_ authority: String) -> Bool {
        guard !wantsTokens else { return true }
        guard let host = Authority(authority)?.host else { return false }
        return host == "localhost" || host.isAddress || hosts.contains(host)
    }

    private func isSame(_ origin: String, _ authority: String?) -> Bool {
        guard let page = Origin(origin), let ours = authority.flatMap({ Authority($0) }) else {
            return false
        }
        // A proxy may have taken TLS off, so the scheme is not known.
        return page.authority.host == ours.host
            && page.authority.port ?? page.usualPort == ours.port ?? page.usualPort
    }
}

extension Refusal {
    /// For who calls the gateway by a name that may be another's.
    static func notOurs(_ name: String) -> Refusal {
        Refusal(
            403, "host_not_allowed",
            "the gateway is not known as \(name.prefix(128)): call it localhost, or by its "
                + "address, or start it with --allow-host")
    }

    /// For a page that may not ask.
    public static func foreign(_ origin: String) -> Refusal {
        Refusal(
            403, "origin_not_allowed",
            "pages of \(origin.prefix(128)) may not ask: start the gateway with --allow-origin")
    }
}

/// Settings that exclude each other, or make no sense.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

extension String {
    /// Of 127.0.0.0/8, written in full.
    fileprivate var isLoopbackNumber: Bool { isNumber && hasPrefix("127.") }

    /// A number of IPv4 or IPv6: no name has a colon.
    fileprivate var isAddress: Bool { isNumber || contains(":") }

    private var isNumber: Bool {
        let numbers = split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    }
}
