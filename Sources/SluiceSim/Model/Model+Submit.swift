import SluiceEngine
import SluiceModel

extension Model {
    mutating func submit(_ submission: Submission, from client: ClientID) {
        bodies.insert(submission.body)
        let key = Key(client: client, number: submission.number)
        guard numbers[key] == nil, let caller = clients[client] else { return }
        if let known = detached.listening[key] {
            // One that is not stored yet is told when it is.
            if detached.storing[known] == nil, detached.doubts[known] == nil {
                duties.append(.admission(key, known))
            }
            return
        }
        guard !submission.ask.isDetached else {
            var judgement = judge(submission, from: key, caller)
            judgement.function = submission.function
            return submitDetached(submission, key, caller, judgement)
        }
        let fate = fates.next(of: key)
        // Refused late, and so still live when it was repeated.
        if fate == nil, lateRefusals.contains(where: { $0.key == key }) { return }
        var judgement = judge(submission, from: key, caller)
        judgement.fate = fate
        judgement.function = submission.function
        switch fate {
        case .accepted(let id):
            if let function = functionIndex(submission.function) {
                accept(submission, as: id, key, caller, function)
            }
        case .refused(.queueFull):
            lateRefusals.append(
                LateRefusal(
                    key: key, account: Account(user: caller.user, caller: submission.caller),
                    heldBytes: submission.heldBytes))
        case .refused, .storing, .doubted, nil: break
        }
        judgements.append(judgement)
    }

    mutating func accept(
        _ submission: Submission, as id: RequestID, _ key: Key, _ caller: Caller, _ function: Int
    ) {
        let account = Account(user: caller.user, caller: submission.caller)
        requests[id] = Request(
            submission.ask, as: id, key, account, function, rules(of: function), now)
        numbers[key] = id
        newcomers.append(id)
        enterLine(id)
    }

    /// Everything that can be said against it when it arrives. What counts against it and is
    /// refused itself at the end of the turn counts either way.
    private func judge(
        _ submission: Submission, from key: Key, _ caller: Caller
    ) -> Judgement {
        var judgement = Judgement(key: key)
        func refuse(_ code: Code, ifSurely isSure: Bool, orMaybe isPossible: Bool) {
            if isSure || isPossible { judgement.allowed.append(code) }
            if isSure { judgement.mustRefuse = true }
        }
        guard mayName(submission.caller, caller) else {
            refuse(.notPermitted, ifSurely: true, orMaybe: true)
            return judgement
        }
        guard let index = functionIndex(submission.function) else {
            refuse(.unknownFunction, ifSurely: true, orMaybe: true)
            return judgement
        }
        let daemon = configuration.daemon
        if submission.ask.isDetached {
            refuse(.unsupported, ifSurely: detached.state == .absent, orMaybe: false)
            refuse(.storeFailed, ifSurely: detached.state == .broken, orMaybe: false)
        }
        if let users = rules(of: index).allowUsers {
            refuse(.notPermitted, ifSurely: !users.contains(caller.user), orMaybe: false)
        }
        refuse(.tooLarge, ifSurely: submission.bytes > daemon.maxRequestBytes, orMaybe: false)
        refuse(.draining, ifSurely: isDraining(index), orMaybe: false)
        let account = Account(user: caller.user, caller: submission.caller)
        let theirs = requests.values.filter { $0.account == account }
        let theirsLate = lateRefusals.filter { $0.account == account }
        let live = theirs.count + detached.live(of: account)
        refuse(
            .overQuota, ifSurely: !daemon.maxRequestsPerUser.allows(oneMoreThan: live),
            orMaybe: !daemon.maxRequestsPerUser.allows(oneMoreThan: live + theirsLate.count))
        let bytes =
            theirs.reduce(submission.heldBytes) { $0 + ($1.isWaiting ? $1.heldBytes : 0) }
            + detached.heldBytes(of: account)
        let bytesLate = theirsLate.reduce(bytes) { $0 + $1.heldBytes }
        refuse(
            .overQuota, ifSurely: daemon.maxBytesPerUser.excess(of: bytes) > 0,
            orMaybe: daemon.maxBytesPerUser.excess(of: bytesLate) > 0)
        let held = submission.heldBytes + heldBytes
        let heldLate = lateRefusals.reduce(0) { $0 + $1.heldBytes }
        judgement.overBytes = held + heldLate > daemon.maxBytes
        // `max_size` is judged when the turn is over.
        refuse(.queueFull, ifSurely: held > daemon.maxBytes, orMaybe: true)
        refuse(
            .waitTooLong, ifSurely: false,
            orMaybe: submission.maxWait.isGiven || maxWait(of: functions[index].queue) != nil)
        return judgement
    }

    /// Whether a client may ask on behalf of that caller, if it names one.
    func mayName(_ name: String?, _ caller: Caller) -> Bool {
        name == nil || configuration.daemon.gateways.contains(caller.user)
    }

    /// Payload bytes of waiting requests.
    var heldBytes: Int {
        requests.values.reduce(0) { $0 + ($1.isWaiting ? $1.heldBytes : 0) }
            + detached.storing.values.reduce(0) { $0 + $1.ask.heldBytes }
    }

    func isDraining(_ function: Int) -> Bool {
        hold == .draining || functions[function].hold == .draining
            || queues[functions[function].queue].hold == .draining
    }
}

extension Model.Request {
    init(
        _ ask: Ask, as id: RequestID, _ key: Model.Key, _ account: Model.Account,
        _ function: Int,
        _ rules: Model.Rules, _ moment: Instant
    ) {
        self.init(
            id: id, key: key, account: account, body: ask.body, heldBytes: ask.heldBytes,
            function: function, admittedAt: moment,
            queueDue: shorter(ask.queueTimeout.duration, rules.queueTimeout).map { moment + $0 },
            deadline: ask.deadline.duration.map { moment + $0 },
            execTimeout: shorter(ask.execTimeout.duration, rules.execTimeout))
        wantsStatus = ask.wantsStatus
    }
}

private func shorter(_ a: Duration?, _ b: Duration?) -> Duration? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
}
