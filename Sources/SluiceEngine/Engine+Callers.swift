import SluiceModel

// Who a request counts for. It is the user of its connection; but a gateway's connections are
// those of everybody behind it, so where it names a caller, quotas count for that one. Such
// callers have rows of their own while requests of theirs live, and which request is whose lies
// beside the requests: nearly none is on anybody's behalf.

/// The callers whom gateways name, and what is theirs.
struct Callers {
    private struct Key: Hashable {
        let gateway: UInt32
        let name: String
    }

    private var rows: [Key: Index<User>] = [:]
    private var byRequest: [RequestID: Index<User>] = [:]

    var count: Int { rows.count }

    subscript(gateway: UInt32, name: String) -> Index<User>? {
        get { rows[Key(gateway: gateway, name: name)] }
        set { rows[Key(gateway: gateway, name: name)] = newValue }
    }

    /// Whose a request is that was made on somebody's behalf.
    subscript(request: RequestID) -> Index<User>? {
        get { byRequest[request] }
        set { byRequest[request] = newValue }
    }

    var requests: Int { byRequest.count }
}

extension Engine {
    /// A request that may be on somebody's behalf.
    mutating func submit(
        _ submission: Submission, from client: ClientID, at now: Instant,
        into effects: inout Effects
    ) {
        let (ask, name) = (submission.ask, submission.function)
        // One that is known already is admitted again, whatever may be said against it by now.
        guard submission.caller != nil, let asker = clientsByID[client],
            request(ask.number, of: asker) == nil, clients[asker].listening[ask.number] == nil
        else { return submit(ask, for: name, from: client, at: now, into: &effects) }
        guard mayName(submission.caller, asker) else {
            let user = users[clients[asker].user]
            guard settings.gateways.contains(user.id) else {
                let refusal = Refusal(place: name, depth: 0)
                return refuse(ask, from: asker, .notPermitted, refusal, into: &effects)
            }
            let refusal = Refusal(
                place: user.title, depth: callers.count, limit: Limits.callers, key: "callers")
            return refuse(ask, from: asker, .overQuota, refusal, into: &effects)
        }
        let account = account(for: submission.caller, of: asker)
        submit(ask, for: name, from: client, countedFor: account, at: now, into: &effects)
        collect(account)
    }

    /// Whether a client may ask on behalf of that caller, if it names one.
    func mayName(_ caller: String?, _ client: Index<Client>) -> Bool {
        guard let caller else { return true }
        let user = clients[client].caller.user
        return settings.gateways.contains(user)
            && (callers.count < Limits.callers || callers[user, caller] != nil)
    }

    /// Who a request counts for. What is not registered for it has to be followed by `collect`.
    ///
    /// - Precondition: its client may name the caller.
    mutating func account(for caller: String?, of client: Index<Client>) -> Index<User> {
        guard let caller else { return clients[client].user }
        return account(of: clients[client].caller.user, for: caller)
    }

    /// The same where no client is there.
    mutating func account(of user: UInt32, for caller: String?) -> Index<User> {
        guard let caller else { return self.user(user) }
        if let known = callers[user, caller] { return known }
        let account = users.insert(User(id: user, caller: caller))
        callers[user, caller] = account
        return account
    }

    /// Who a live request counts for.
    @inline(__always)
    mutating func account(of index: Index<Request>) -> Index<User> {
        guard requests[index].belongsToClient else { return otherAccount(of: index) }
        return clients[requests[index].client].user
    }

    @inline(never)
    private mutating func otherAccount(of index: Index<Request>) -> Index<User> {
        owner(of: index)
    }

    /// The same for who only looks: see `Engine` for why that makes a difference.
    func owner(of index: Index<Request>) -> Index<User> {
        guard !requests[index].belongsToClient else {
            return clients[requests[index].client].user
        }
        if requests[index].isDetached, let owner = detached.live[requests[index].id] {
            return owner.user
        }
        guard let caller = callers[requests[index].id] else {
            preconditionFailure("request \(requests[index].id) is on nobody's behalf")
        }
        return caller
    }

    /// Forgets a user of whom nothing is left.
    mutating func collect(_ account: Index<User>) {
        guard users[account].clients == 0, users[account].live == 0 else { return }
        if let caller = users[account].caller {
            callers[users[account].id, caller] = nil
        } else {
            usersByID[users[account].id] = nil
        }
        users.free(account)
    }

    // MARK: Counting

    /// A request lives from now on.
    @inline(__always)
    mutating func count(_ index: Index<Request>, holdsFile: Bool, for account: Index<User>) {
        users[account].live += 1
        if holdsFile {
            heldFiles += 1
            users[account].files += 1
        }
        guard account != clients[requests[index].client].user else { return }
        requests[index].isOnBehalf = true
        callers[requests[index].id] = account
    }

    /// It does not any more.
    @inline(__always)
    mutating func uncount(_ index: Index<Request>) {
        let account = account(of: index)
        if requests[index].holdsFile {
            heldFiles -= 1
            users[account].files -= 1
        }
        // What is detached its user has until its outcome is stored.
        guard !requests[index].isDetached else { return }
        users[account].live -= 1
        guard requests[index].isOnBehalf else { return }
        callers[requests[index].id] = nil
        collect(account)
    }

    /// So many bytes more are held for it while it waits.
    @inline(__always)
    mutating func count(bytes: Int, of index: Index<Request>) {
        heldBytes += bytes
        users[account(of: index)].bytes += bytes
    }

    // MARK: What must hold

    func checkCallers(_ check: Check) {
        let named = users.indices.filter { users[$0].caller != nil }
        check(named.count == callers.count, "callers that are gone can be found")
        for index in named {
            let user = users[index]
            check(
                user.caller.flatMap { callers[user.id, $0] } == index,
                "\(user.title) cannot be found")
            check(user.live > 0, "\(user.title) has a row and no requests")
        }
        check(
            callers.requests == requests.indices.count { requests[$0].isOnBehalf },
            "there are requests on behalf of callers that are not live")
    }
}
