import SluiceModel
import Testing

@testable import SluiceBench

private func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

@Suite("The ledger knows what is out")
struct LedgerTests {
    @Test("An answer brings back when its request should have been sent")
    func settles() throws {
        var ledger = Ledger()
        let first = ledger.issue(intended: at(10))
        let second = ledger.issue(intended: at(20))
        #expect(ledger.open == 2)
        #expect(try ledger.settle(second) == at(20))
        #expect(try ledger.settle(first) == at(10))
        #expect(ledger.open == 0)
    }

    @Test("What was lost stays open")
    func lost() throws {
        var ledger = Ledger()
        let ids = (0..<3).map { ledger.issue(intended: at($0)) }
        _ = try ledger.settle(ids[0])
        _ = try ledger.settle(ids[2])
        #expect(ledger.open == 1)
    }

    @Test("A second answer is noticed, also when the slot has the next request")
    func doubled() throws {
        var ledger = Ledger()
        let id = ledger.issue(intended: at(1))
        _ = try ledger.settle(id)
        #expect(throws: Mismatch.doubled(id)) { try ledger.settle(id) }
        let next = ledger.issue(intended: at(2))
        #expect(Ledger.slot(of: next) == Ledger.slot(of: id))
        #expect(throws: Mismatch.doubled(id)) { try ledger.settle(id) }
        #expect(try ledger.settle(next) == at(2))
    }

    @Test("An answer to what was never asked is noticed", arguments: [0, 7, 1 << 32, .max])
    func unasked(_ id: UInt64) {
        var ledger = Ledger()
        if id != 0 { _ = ledger.issue(intended: at(1)) }
        #expect(throws: Mismatch.unasked(id)) { try ledger.settle(id) }
    }

    @Test("An id is not used again")
    func fresh() throws {
        var ledger = Ledger()
        var seen: Set<UInt64> = []
        for round in 0..<100 {
            let ids = (0..<5).map { _ in ledger.issue(intended: at(Int64(round))) }
            for id in ids {
                #expect(seen.insert(id).inserted)
                _ = try ledger.settle(id)
            }
        }
    }
}

@Suite("A payload is recognised")
struct PatternTests {
    static let sizes = [0, 1, 7, 8, 9, 128, 4096, 12_288, 12_289, 100_000]

    @Test("What was sent matches, and no other's", arguments: sizes)
    func own(_ size: Int) {
        var pattern = Pattern(size: size)
        let bytes = pattern.withPayload(of: 42) { Array($0) }
        bytes.withUnsafeBytes { bytes in
            let isHers = pattern.matches(bytes, id: 42)
            let isNext = pattern.matches(bytes, id: 43)
            #expect(isHers)
            #expect(isNext == (size == 0))
        }
    }

    @Test("A byte that changed is noticed: in a short one always", arguments: [1, 9, 128, 4096])
    func changed(_ size: Int) {
        var pattern = Pattern(size: size)
        let bytes = pattern.withPayload(of: 42) { Array($0) }
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            let isSame = other.withUnsafeBytes { pattern.matches($0, id: 42) }
            #expect(!isSame, "byte \(index)")
        }
    }

    @Test("In a long one by one request or another")
    func changedLong() {
        let size = 100_000
        for index in stride(from: 0, to: size, by: 997) {
            var pattern = Pattern(size: size)
            let noticed = (0..<200).contains { id in
                var bytes = pattern.withPayload(of: UInt64(id)) { Array($0) }
                bytes[index] ^= 1
                return bytes.withUnsafeBytes { !pattern.matches($0, id: UInt64(id)) }
            }
            #expect(noticed, "byte \(index)")
        }
    }

    @Test("One that is shorter or longer is another")
    func length() {
        var pattern = Pattern(size: 100)
        let bytes = pattern.withPayload(of: 1) { Array($0) }
        let isLonger = (bytes + [0]).withUnsafeBytes { pattern.matches($0, id: 1) }
        let isShorter = bytes.dropLast().withUnsafeBytes { pattern.matches($0, id: 1) }
        #expect(!isLonger && !isShorter)
    }
}
