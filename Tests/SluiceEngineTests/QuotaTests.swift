import SluiceModel
import Testing

@testable import SluiceEngine

@Suite("Quotas of users, and of those whom gateways name")
struct QuotaTests {
    private static let gateway: UInt32 = 33

    /// One worker that is busy, so that what is asked for waits; client 2 is a gateway's.
    private func lab(
        checks: Bool = true, _ change: (inout Configuration) -> Void = { _ in }
    ) -> Lab {
        var lab = Lab(checks: checks) {
            $0.functions["A"] = FunctionSettings()
            $0.daemon.gateways = [Self.gateway]
            change(&$0)
        }
        lab.join(client: 2, user: Self.gateway)
        return lab
    }

    private func ask(
        _ lab: inout Lab, for caller: String?, from client: UInt64 = 2,
        _ change: (inout Submission) -> Void = { _ in }
    ) -> RequestNumber {
        lab.submit(["A"], from: ClientID(rawValue: client)) {
            $0.caller = caller
            change(&$0)
        }[0]
    }

    @Test("Bytes of one user over max_bytes_per_user: over_quota, with the figures")
    func bytes() {
        var lab = lab { $0.daemon.maxBytesPerUser = .at(250) }
        lab.join(client: 3)
        lab.submit("A", from: ClientID(rawValue: 3))
        #expect(lab.code(of: lab.ask("A")) == nil)
        let refused = lab.ask("A")
        #expect(lab.code(of: refused) == .overQuota)
        let expected = Refusal(
            place: "user 1000", depth: 2, limit: 250, key: "max_bytes_per_user")
        #expect(lab.refusal(of: refused) == expected)
        // Neither another user nor a descriptor counts.
        #expect(lab.code(of: ask(&lab, for: nil)) == nil)
        #expect(lab.code(of: lab.ask("A") { $0.holdsBytes = false }) == nil)
        // What runs is with its worker.
        lab.attach(worker: 1, "A")
        #expect(lab.code(of: lab.ask("A")) == nil)
    }

    @Test("One user has half of max_files, or max_files_per_user, while its requests live")
    func files() {
        func asks(_ lab: inout Lab) -> [Code?] {
            (0..<4).map { _ in lab.code(of: lab.ask("A") { $0.holdsFile = true }) }
        }
        var half = lab { $0.daemon.maxFiles = 5 }
        #expect(asks(&half) == [nil, nil, nil, .overQuota])
        #expect(half.code(of: ask(&half, for: nil) { $0.holdsFile = true }) == nil)
        half.cancel(.number(1))
        #expect(half.code(of: half.ask("A") { $0.holdsFile = true }) == nil)

        var said = lab { ($0.daemon.maxFiles, $0.daemon.maxFilesPerUser) = (4, .at(1)) }
        #expect(asks(&said) == [nil, .overQuota, .overQuota, .overQuota])
        let refused = said.ask("A") { $0.holdsFile = true }
        #expect(said.refusal(of: refused)?.key == "max_files_per_user")

        var all = lab { ($0.daemon.maxFiles, $0.daemon.maxFilesPerUser) = (3, Limit.none) }
        #expect(asks(&all) == [nil, nil, nil, .queueFull])
    }

    @Test("What a gateway asks on behalf of somebody counts for that one, not for the gateway")
    func callers() {
        var lab = lab { $0.daemon.maxRequestsPerUser = .at(2) }
        for caller in ["ada", "bob", nil] {
            #expect(lab.code(of: ask(&lab, for: caller)) == nil)
            #expect(lab.code(of: ask(&lab, for: caller)) == nil)
        }
        let refused = ask(&lab, for: "ada")
        #expect(lab.code(of: refused) == .overQuota)
        let expected = Refusal(
            place: "caller ada of user 33", depth: 2, limit: 2, key: "max_requests_per_user")
        #expect(lab.refusal(of: refused) == expected)
        #expect(lab.refusal(of: ask(&lab, for: nil))?.place == "user 33")
        #expect(
            lab.requestViews().map(\.caller) == ["ada", "ada", "bob", "bob", nil, nil])
        // The place is free with the outcome, and the caller forgotten with the last.
        lab.attach(worker: 1, "A")
        lab.finish(.number(1))
        #expect(lab.code(of: ask(&lab, for: "ada")) == nil)
        lab.leave(client: 2)
        #expect(lab.requestViews().isEmpty)
    }

    @Test("Bytes and files are counted by caller, too")
    func callersBytesAndFiles() {
        var lab = lab {
            $0.daemon.maxBytesPerUser = .at(100)
            $0.daemon.maxFilesPerUser = .at(1)
        }
        for caller in ["ada", "bob"] {
            #expect(lab.code(of: ask(&lab, for: caller)) == nil)
            #expect(lab.code(of: ask(&lab, for: caller)) == .overQuota)
            let inFile: (inout Submission) -> Void = {
                ($0.holdsBytes, $0.holdsFile) = (false, true)
            }
            #expect(lab.code(of: ask(&lab, for: caller, inFile)) == nil)
            #expect(lab.code(of: ask(&lab, for: caller, inFile)) == .overQuota)
        }
    }

    @Test("Two connections of a gateway count for the caller whom both name")
    func connections() {
        var lab = lab { $0.daemon.maxRequestsPerUser = .at(1) }
        lab.join(client: 3, user: Self.gateway)
        #expect(lab.code(of: ask(&lab, for: "ada")) == nil)
        #expect(lab.code(of: ask(&lab, for: "ada", from: 3)) == .overQuota)
        lab.leave(client: 2)
        #expect(lab.code(of: ask(&lab, for: "ada", from: 3)) == nil)
    }

    @Test("Who is not listed speaks for nobody else: not_permitted")
    func notListed() {
        var lab = lab()
        #expect(lab.code(of: ask(&lab, for: "ada", from: 1)) == .notPermitted)
        var unlisted = Configuration()
        unlisted.functions["A"] = FunctionSettings()
        let before = ask(&lab, for: "ada")
        lab.turn([.configured(unlisted)])
        #expect(lab.code(of: ask(&lab, for: "ada")) == .notPermitted)
        // What was let in stays in, and is recognised.
        _ = ask(&lab, for: "ada") { $0.number = before }
        #expect(lab.code(of: before) == nil)
    }

    @Test("allow_users is about the gateway's user, whoever is named")
    func allowed() {
        var lab = lab { $0.functions["A"] = FunctionSettings(allowUsers: [7]) }
        #expect(lab.code(of: ask(&lab, for: "ada")) == .notPermitted)
    }

    @Test("A refused request leaves no caller behind, and a repetition counts once")
    func leavesNothing() {
        var lab = lab { $0.daemon.maxRequestBytes = 1000 }
        #expect(lab.code(of: ask(&lab, for: "ada") { $0.bytes = 1001 }) == .tooLarge)
        let number = ask(&lab, for: "bob")
        _ = ask(&lab, for: "bob") { $0.number = number }
        #expect(lab.requestViews().map(\.caller) == ["bob"])
    }

    @Test("What a gateway takes back after a restart counts for the caller again")
    func reclaimed() {
        var lab = Lab(after: 10) {
            $0.functions["A"] = FunctionSettings()
            $0.daemon.gateways = [Self.gateway]
            $0.daemon.maxRequestsPerUser = .at(1)
        }
        lab.turn([.restarted(after: Predecessor(left: nil))])
        lab.join(client: 2, user: Self.gateway)
        let claim = lab.claim("A", 4, from: ClientID(rawValue: 2)) { $0.caller = "ada" }
        #expect(lab.id(of: claim).rawValue == 4)
        #expect(lab.code(of: ask(&lab, for: "ada")) == .overQuota)
        #expect(lab.code(of: ask(&lab, for: "bob")) == nil)
        // Who is no gateway takes nothing back for others.
        let refused = lab.claim("A", 5) { $0.caller = "ada" }
        #expect(lab.code(of: refused) == .notPermitted)
    }

    @Test("What is detached counts for the caller until its outcome is stored, and is stored so")
    func detached() {
        var lab = lab {
            $0.daemon.maxRequestsPerUser = .at(1)
            $0.daemon.maxBytesPerUser = .at(100)
        }
        lab.openStore()
        lab.attach(worker: 1, "A")
        let first = ask(&lab, for: "ada") { $0.isDetached = true }
        guard case .accept(let keepsake)? = lab.storeTasks.last else {
            Issue.record("it was not handed to the store")
            return
        }
        #expect(keepsake.caller == "ada" && keepsake.user == Self.gateway)
        // Sent again it is known, whatever was said against it since.
        var unlisted = Configuration()
        unlisted.daemon.maxRequestsPerUser = .at(1)
        lab.turn([.configured(unlisted)])
        _ = ask(&lab, for: "ada") { ($0.isDetached, $0.number) = (true, first) }
        #expect(lab.storeTasks.count == 1)
        #expect(lab.code(of: first) == nil)
        unlisted.daemon.gateways = [Self.gateway]
        lab.turn([.configured(unlisted)])
        #expect(lab.code(of: ask(&lab, for: "ada")) == .overQuota)
        lab.stored()
        #expect(lab.requestViews().map(\.caller) == ["ada"])
        lab.leave(client: 2)
        lab.join(client: 3, user: Self.gateway)
        #expect(lab.code(of: ask(&lab, for: "ada", from: 3)) == .overQuota)
        lab.finish(first)
        #expect(lab.code(of: ask(&lab, for: "ada", from: 3)) == .overQuota)
        lab.settled(lab.id(of: first))
        #expect(lab.code(of: ask(&lab, for: "ada", from: 3)) == nil)
    }

    @Test("Stored requests that come back, and those that are repeated, count for their caller")
    func recovered() {
        var lab = lab { $0.daemon.maxRequestsPerUser = .at(1) }
        lab.openStore()
        lab.recover("A", 4, user: Self.gateway, for: "ada")
        #expect(lab.code(of: ask(&lab, for: "ada")) == .overQuota)
        var again = Ask(number: .number(0), body: lab.freshBody(), bytes: 10)
        again.isDetached = true
        let repetition = Repetition(
            of: RequestID(rawValue: 3), user: Self.gateway, caller: "ada", function: "A",
            ask: again)
        lab.turn([.repeated(repetition, token: 9)])
        guard case .failure(.refused(.overQuota, let refusal)) = lab.repeated(9) else {
            Issue.record("it was let in")
            return
        }
        #expect(refusal.place == "caller ada of user 33")
        #expect(lab.code(of: ask(&lab, for: "bob")) == nil)
    }

    @Test("Callers with live requests are bounded: over_quota")
    func manyCallers() {
        var lab = lab(checks: false)
        let client = ClientID(rawValue: 2)
        var names = (0..<Limits.callers).makeIterator()
        lab.submit(Array(repeating: "A", count: Limits.callers), from: client) {
            $0.caller = "c\(names.next() ?? 0)"
        }
        let refused = ask(&lab, for: "one_more")
        #expect(lab.code(of: refused) == .overQuota)
        #expect(lab.refusal(of: refused)?.limit == Limits.callers)
        #expect(lab.code(of: ask(&lab, for: "c7")) == nil)
        lab.leave(client: 2)
        lab.join(client: 3, user: Self.gateway)
        #expect(lab.code(of: ask(&lab, for: "one_more", from: 3)) == nil)
    }

    @Test("A request's row is no larger for it: there may be a million")
    func row() {
        #expect(MemoryLayout<Request>.stride == 80)
    }
}
