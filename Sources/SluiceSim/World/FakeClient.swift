import SluiceEngine
import SluiceModel

/// A client process: it submits, changes its mind and goes, and believes what it is told.
struct FakeClient {
    let id: ClientID
    let caller: Caller
    var line = Line()
    /// Numbers without an outcome, as far as it knows.
    var live: [RequestNumber] = []
    /// Numbers that had one. They may be used again, and a late word about them is no error.
    var spent: [RequestNumber] = []
    private var lastNumber: UInt64 = 0

    init(id: ClientID, caller: Caller) {
        self.id = id
        self.caller = caller
    }

    /// A number no live request of the client has: mostly a new one, at times a spent one.
    mutating func freeNumber(from random: inout SeededRandom) -> RequestNumber {
        if random.chance(200), let old = random.pick(spent) {
            spent.removeAll { $0 == old }
            return old
        }
        lastNumber += 1
        return RequestNumber(rawValue: lastNumber)
    }

    mutating func ended(_ number: RequestNumber) {
        guard let index = live.firstIndex(of: number) else { return }
        live.remove(at: index)
        spent.append(number)
    }
}
