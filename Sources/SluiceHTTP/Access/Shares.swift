import SluiceClient
import SluiceGateway
import Synchronization

/// What the gateway's clients have at the daemon, and may have. To the daemon they are one user, if
/// nobody names them: whoever took all that this user may have would take it from the others. Bytes
/// are counted with the bodies that they came in.
final class Shares: Sendable {
    /// What somebody would have more.
    struct Wanted {
        var caller: String?
        var holder: Holder
        /// Nil: nothing is sent.
        var content: Content?

        init(_ caller: String?, _ holder: Holder, _ content: Content?) {
            (self.caller, self.holder, self.content) = (caller, holder, content)
        }
    }

    private let limits: [String: Int]
    private let live = Mutex<[String: Int]>([:])
    private let requests: Budget
    private let files: Budget

    init(
        _ tokens: [AccessToken], requests: Int = GatewayLimits.liveRequests,
        files: Int = GatewayLimits.liveFiles
    ) {
        limits = tokens.reduce(into: [:]) { $0[$1.name] = $1.maxRequests }
        self.requests = Budget(requests, "requests")
        self.files = Budget(files, "large requests")
    }

    /// Room for one more.
    ///
    /// - Returns: what gives it back when it goes.
    func take(_ wanted: Wanted) throws(LinkError) -> Share {
        let claims: [Claim]
        do throws(Refusal) {
            claims = try self.claims(wanted.content, of: wanted.holder)
        } catch {
            throw .crowded(error)
        }
        return Share(try take(of: wanted.caller), claims, of: self)
    }

    private func claims(_ content: Content?, of holder: Holder) throws(Refusal) -> [Claim] {
        var claims = [try requests.claim(1, for: holder)]
        if content?.travelsInFile ?? false { claims.append(try files.claim(1, for: holder)) }
        return claims
    }

    /// - Returns: who is counted; nil: nobody.
    private func take(of caller: String?) throws(LinkError) -> String? {
        guard let caller, let limit = limits[caller] else { return nil }
        let hasRoom = live.withLock { live in
            guard live[caller, default: 0] < limit else { return false }
            live[caller, default: 0] += 1
            return true
        }
        guard hasRoom else { throw .overShare(caller, limit: limit) }
        return caller
    }

    fileprivate func giveBack(_ caller: String) {
        live.withLock { live in
            let count = (live[caller] ?? 1) - 1
            live[caller] = count > 0 ? count : nil
        }
    }
}

/// A live request's part of what all may have, and of what its caller may.
final class Share: Sendable {
    private let shares: Shares
    private let claims: [Claim]
    /// Nil: nobody, or not any more.
    private let caller: Mutex<String?>

    fileprivate init(_ caller: String?, _ claims: [Claim], of shares: Shares) {
        self.shares = shares
        self.claims = claims
        self.caller = Mutex(caller)
    }

    deinit { giveBack() }

    /// Once: what is given back already stays so.
    func giveBack() {
        if let caller = caller.withLock({ $0.take() }) { shares.giveBack(caller) }
        for claim in claims { claim.giveBack() }
    }
}
