import SluiceModel
import Testing

@testable import SluiceStore

@Suite("Lists and recovery")
struct ReadingTests {
    @Test("What has no outcome is recovered in the order of places, in portions")
    func recovery() throws {
        let lab = try StoreLab()
        // Not in the order in which they were stored.
        try lab.ask((1...600).reversed().map { .accept(request($0, bytes: [UInt8($0 % 251)])) })
        try lab.ask([
            .finish(id(3), ending()), .start(id(5), attempt: 1), .delete(id(600)),
            .finish(id(4), ending(.cancelledByClient)),
        ])
        try lab.reopen()
        #expect(try lab.opening().unfinished == 597)

        var found: [UnfinishedRequest] = []
        var portions = 0
        while true {
            let after = found.last?.request.id
            let portion = try lab.ask(.recover(after: after, upTo: 1 << 20)).unfinished()
            if portion.isEmpty { break }
            #expect(portion.count <= StoreLimits.rowsPerPage)
            found += portion
            portions += 1
        }
        #expect(found.map(\.request.id.rawValue) == (1...599).filter { $0 != 3 && $0 != 4 })
        #expect(portions == 3)
        #expect(found.first { $0.request.id == id(5) }?.request.state == .started)
        for item in found {
            let number = item.request.id.rawValue
            #expect(try item.payload.copied() == [UInt8(number % 251)])
        }
    }

    @Test("A portion is bounded by bytes, and says when even one does not fit")
    func recoveryBytes() throws {
        let lab = try StoreLab()
        try lab.ask((1...3).map { .accept(request($0, bytes: .init(repeating: 1, count: 100))) })
        #expect(try lab.ask(.recover(after: nil, upTo: 250)).unfinished().count == 2)
        #expect(try lab.ask(.recover(after: id(2), upTo: 100)).unfinished().count == 1)
        #expect(try lab.ask(.recover(after: nil, upTo: 99)).refusal == .larger(100))
    }

    @Test("A list is by state, function and user, in pages")
    func lists() throws {
        let lab = try StoreLab()
        let functions = ["a", "b"]
        try lab.ask(
            (1...40).map {
                .accept(request($0, function: functions[Int($0 % 2)], user: UInt32($0 % 4)))
            })
        try lab.ask((1...20).map { .finish(id($0), ending()) })
        try lab.ask(.start(id(30), attempt: 1))

        func ids(_ filter: StoreFilter) throws -> [UInt64] {
            var ids: [UInt64] = []
            var next: RequestID?
            repeat {
                let page = try lab.ask(.list(filter, after: next, count: 3)).page()
                #expect(page.ids.count <= 3)
                ids += page.ids
                next = page.next
            } while next != nil
            return ids
        }
        #expect(try ids(StoreFilter()) == Array(1...40))
        #expect(try ids(StoreFilter(state: .finished)) == Array(1...20))
        #expect(try ids(StoreFilter(state: .started)) == [30])
        #expect(try ids(StoreFilter(function: "b")) == (1...40).filter { $0 % 2 == 1 })
        #expect(
            try ids(StoreFilter(state: .waiting, function: "a", user: 2))
                == (21...40).filter { $0 % 4 == 2 && $0 != 30 })
        #expect(try ids(StoreFilter(user: 77)) == [])
    }

    @Test("A list of what is rare comes in short pages, none of which looks at everything")
    func rareOnes() throws {
        let lab = try StoreLab()
        try lab.ask((1...5000).map { .accept(request($0, bytes: [])) })
        try lab.ask([.finish(id(4999), ending())])
        let first = try lab.ask(.list(StoreFilter(state: .finished), after: nil, count: 9)).page()
        #expect(first.ids.isEmpty && first.next == id(4096))
        let second = try lab.ask(
            .list(StoreFilter(state: .finished), after: first.next, count: 9)
        ).page()
        #expect(second.ids == [4999] && second.next == nil)
    }
}
