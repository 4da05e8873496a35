import SluiceWire

/// What the page may ask for where the operator lets it.
public enum PageAction: Hashable, Sendable {
    case pause(Control.Target)
    case resume(Control.Target)
    case limit(queue: String, Control.SettingValue)

    /// `{"action":"pause","queue":…}`, `resume`, or `{"action":"limit","queue":…,"limit":…}` with a
    /// number, `"none"` or `"default"`; nil where it is none of them.
    public init?(_ asked: Value) {
        let queue = asked["queue"]?.stringValue
        let target =
            queue.map { Control.Target.queue($0) }
            ?? asked["function"]?.stringValue.map { .function($0) }
        switch (asked["action"]?.stringValue, target) {
        case ("pause", let target?): self = .pause(target)
        case ("resume", let target?): self = .resume(target)
        case ("limit", .queue(let name)?):
            switch asked["limit"] {
            case .integer(let limit)? where limit >= 0:
                self = .limit(queue: name, .number(Double(limit)))
            case .string("none")?: self = .limit(queue: name, .none)
            case .string("default")?: self = .limit(queue: name, .inherited)
            default: return nil
            }
        default: return nil
        }
    }
}

/// Who may ask for changes: the page itself, in a browser. Another site's page may send a request
/// to this gateway as well, but not with JSON in it and without saying where it is from. And a page
/// whose own name was made to lead here is of this origin, as its browser sees it: so where nobody
/// needs a token, a name has to be one that the operator gave. Addresses cannot be made so.
public struct PageVisitor: Hashable, Sendable {
    /// What the browser says: `Origin`, `Sec-Fetch-Site` and `Content-Type`.
    public var origin: String?
    public var fetchSite: String?
    public var contentType: String?
    /// The host, and the port, that were asked.
    public var host: String?

    public init(origin: String?, fetchSite: String?, contentType: String?, host: String?) {
        self.origin = origin
        self.fetchSite = fetchSite
        self.contentType = contentType
        self.host = host
    }

    /// Why it may not; nil where it may.
    public func refusal(at doorstep: Doorstep) -> Refusal? {
        guard contentType?.prefix(while: { $0 != ";" }).lowercased() == "application/json" else {
            return Refusal(415, "not_json", "what is asked for has to be application/json")
        }
        guard let origin, let host, origin == "http://\(host)" || origin == "https://\(host)",
            fetchSite == nil || fetchSite == "same-origin"
        else {
            return Refusal(403, "foreign_origin", "only the page of this gateway may ask for this")
        }
        guard doorstep.isNameForChanges(host) else { return .notOurs(host) }
        return nil
    }
}
