import Foundation
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("The gateway knows the requests of its API, within bounds")
struct RequestTableTests {
    private let start = ContinuousClock.now
    private let ticket: [UInt8] = [1, 2, 3]

    private func name(_ number: UInt64) -> RequestName {
        .attached(UniqueID(high: number, low: number))
    }

    private func completed(_ bytes: [UInt8] = []) -> RequestUpdate {
        .outcome(RequestOutcome(OutcomeReport(.ok), content: Content(bytes)))
    }

    private func begin(
        _ table: inout RequestTable, _ name: RequestName?, by caller: String? = nil
    ) throws -> RequestTable.Key {
        try table.begin(name, function: "f", caller: caller, for: .unknown, tag: 1, at: start)
    }

    @Test("A name is read as it was given, and no other spelling of it")
    func names() throws {
        let attached = name(0x1234_5678_9abc_def0)
        #expect(RequestName(attached.text) == attached && attached.text.utf8.count == 22)
        let detached = RequestName.detached(RequestID(rawValue: 17), ticket: ticket)
        #expect(detached.text == "17.AQID" && RequestName("17.AQID") == detached)
        for wrong in [
            "", ".", "17", "17.", "017.AQID", "+17.AQID", "17.AQI", "17.AQID=", "17.AQJ+",
        ] {
            if let read = RequestName(wrong) { #expect(read.text == wrong) }
        }
        #expect(RequestName("017.AQID") == nil && RequestName("17.AQID=") == nil)
        #expect(RequestName(String(attached.text.dropLast())) == nil)
        #expect(RequestName(String(repeating: "1", count: 1000)) == nil)
    }

    @Test("An attached request of one caller is not found by another; a detached one by its name")
    func callers() throws {
        var table = RequestTable()
        let mine = try begin(&table, name(1), by: "ann")
        #expect(table.find(name(1), caller: "ann") == mine)
        #expect(table.find(name(1), caller: "bob") == nil)
        #expect(table.find(name(1), caller: nil) == nil)
        let kept = try begin(&table, nil, by: "ann")
        let id = RequestID(rawValue: 7)
        table.take(.admitted(id, ticket: ticket, warning: nil), of: kept, at: start)
        #expect(table.find(.detached(id, ticket: ticket), caller: "bob") == kept)
        #expect(table.find(.detached(id, ticket: [9]), caller: "ann") == nil)
        // Its name stays, whatever ticket comes with it later.
        table.take(.admitted(id, ticket: [9], warning: nil), of: kept, at: start)
        #expect(table[kept]?.name == .detached(id, ticket: ticket))
    }

    @Test("What nobody asks for is called off once, or let go where it is detached")
    func interest() throws {
        var table = RequestTable()
        let left = try begin(&table, name(1))
        let heard = try begin(&table, name(2))
        let asked = try begin(&table, name(3))
        let kept = try begin(&table, nil)
        try table.enter(heard)
        let almost = start + .seconds(GatewayLimits.interestSeconds - 1)
        #expect(table.sweep(at: almost) == RequestTable.Leavings())
        table.touch(asked, at: almost)
        let due = start + .seconds(GatewayLimits.interestSeconds)
        let leavings = table.sweep(at: due)
        #expect(leavings.calledOff == [left] && leavings.letGo == [kept])
        #expect(table[kept] == nil && table[left] != nil)
        #expect(table.sweep(at: due) == RequestTable.Leavings())
        table.leave(heard, at: due)
        let later = due + .seconds(GatewayLimits.interestSeconds)
        #expect(table.sweep(at: later).calledOff == [heard, asked])
    }

    @Test("An outcome is kept for a while, and longer while somebody reads it")
    func kept() throws {
        var table = RequestTable()
        let one = try begin(&table, name(1))
        let two = try begin(&table, name(2))
        table.take(completed(), of: one, at: start)
        table.take(completed(), of: two, at: start)
        try table.enter(two)
        _ = table.sweep(at: start + .seconds(GatewayLimits.keptSeconds - 1))
        #expect(table.count == 2)
        _ = table.sweep(at: start + .seconds(GatewayLimits.keptSeconds))
        #expect(table[one] == nil && table.find(name(1), caller: nil) == nil && table[two] != nil)
        table.leave(two, at: start)
        _ = table.sweep(at: start + .seconds(GatewayLimits.keptSeconds))
        #expect(table.isEmpty)
    }

    @Test("Outcomes are bounded in number; the oldest go first")
    func mostOutcomes() throws {
        var table = RequestTable()
        let first = try begin(&table, name(0))
        table.take(completed(), of: first, at: start)
        for number in 1...UInt64(GatewayLimits.keptOutcomes) {
            let key = try begin(&table, name(number))
            table.take(completed(), of: key, at: start)
            #expect(table.count <= GatewayLimits.keptOutcomes && table[key] != nil)
        }
        #expect(table[first] == nil)
    }

    @Test("Results are bounded in bytes; the last is kept, however large it is")
    func mostBytes() throws {
        var table = RequestTable()
        let bytes = [UInt8](repeating: 0, count: GatewayLimits.keptBytes / 32 * 15)
        var keys: [RequestTable.Key] = []
        for number: UInt64 in 0..<3 {
            keys.append(try begin(&table, name(number)))
            table.take(completed(bytes), of: keys[Int(number)], at: start)
        }
        #expect(table[keys[0]] == nil && table[keys[1]] != nil && table[keys[2]] != nil)
    }

    @Test("Readers of one request are bounded")
    func mostReaders() throws {
        var table = RequestTable()
        let key = try begin(&table, name(1))
        for _ in 0..<GatewayLimits.readersPerRequest { try table.enter(key) }
        let error = #expect(throws: Refusal.self) { try table.enter(key) }
        #expect(error?.code == "too_many_readers")
        table.leave(key, at: start)
        try table.enter(key)
    }

    @Test("One that was not taken in is known until all who waited for it have heard so")
    func rejected() throws {
        var table = RequestTable()
        let there = RequestName.detached(RequestID(rawValue: 7), ticket: ticket)
        let key = try begin(&table, there)
        for _ in 0..<2 { try table.enter(key) }
        let none = RequestOutcome(OutcomeReport(.unknownRequest), content: Content([]))
        table.take(.outcome(none), of: key, at: start)
        table.forget(key)
        table.leave(key, at: start)
        #expect(table[key]?.rejection?.status == 404)
        // Whoever comes now hears the same.
        #expect(table.find(there, caller: nil) == key)
        table.leave(key, at: start)
        #expect(table.isEmpty && table.find(there, caller: nil) == nil)
    }

    @Test("One that is heard no more is found anew if it is detached, and has failed if not")
    func lost() throws {
        var table = RequestTable()
        let here = try begin(&table, name(1))
        let there = RequestName.detached(RequestID(rawValue: 7), ticket: ticket)
        let kept = try begin(&table, there)
        for key in [here, kept] {
            table.take(
                .admitted(RequestID(rawValue: 7), ticket: [], warning: nil), of: key, at: start)
            table.lose(key, Refusal(503, "daemon_away", "it is not there"), at: start)
        }
        #expect(table.find(there, caller: nil) == nil)
        #expect(table.find(name(1), caller: nil) == here)
        #expect(table[here]?.state["code"] == "daemon_away")
        #expect(table[kept]?.log.events(after: EventPlace(tag: 1)).last?.kind == .error)
    }
}
