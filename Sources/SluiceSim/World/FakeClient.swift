import SluiceEngine
import SluiceModel

/// A client process: it submits, changes its mind and goes, and believes what it is told.
struct FakeClient {
    /// Another one for each connection.
    var id: ClientID
    /// The one that its first connection had: it stands for the process.
    let process: ClientID
    let caller: Caller
    var line = Line()
    /// Numbers without an outcome, as far as it knows.
    var live: [RequestNumber] = []
    /// Numbers that had one. They may be used again, and a late word about them is no error.
    var spent: [RequestNumber] = []
    /// Numbers it said twice: the second time may come when the first is over, as another request.
    var repeated: [RequestNumber] = []
    /// What it asked and has no outcome for.
    var asked: [RequestNumber: Asked] = [:]
    /// Places of requests that are over.
    var spentPlaces: [RequestID] = []
    /// Whether it has no connection because it went of itself.
    var isOut = false
    /// Numbers that were detached, which are never used again.
    private var detached: Set<RequestNumber> = []
    private var lastNumber: UInt64 = 0

    init(id: ClientID, caller: Caller) {
        self.id = id
        process = id
        self.caller = caller
    }

    /// A request, with what the daemon has said of it.
    struct Asked {
        var submission: Submission
        var place: RequestID?
        var attempt = 0
        var chunks: UInt64 = 0
        /// The request that it fetches, where it does not ask for a new one.
        var fetches: RequestID?
        /// Whether some of its chunks were not kept, as it is told.
        var lacksChunks = false
        /// Whether it said that it wants to hear no more, and then it says nothing more of it.
        var isLeft = false
    }

    /// Numbers without an outcome that it submitted.
    var submitted: [RequestNumber] {
        live.filter { asked[$0]?.fetches == nil && asked[$0]?.isLeft != true }
    }

    func isDetached(_ number: RequestNumber) -> Bool {
        asked[number]?.submission.isDetached ?? false
    }

    func hasBeenDetached(_ number: RequestNumber) -> Bool { detached.contains(number) }

    mutating func newNumber() -> RequestNumber {
        lastNumber += 1
        return RequestNumber(rawValue: lastNumber)
    }

    /// A number no live request of the client has: mostly a new one, at times a spent one.
    mutating func freeNumber(from random: inout SeededRandom) -> RequestNumber {
        if random.chance(200), let old = random.pick(spent), !repeated.contains(old) {
            spent.removeAll { $0 == old }
            return old
        }
        return newNumber()
    }

    mutating func ended(_ number: RequestNumber) {
        guard let index = live.firstIndex(of: number) else { return }
        live.remove(at: index)
        if isDetached(number) {
            detached.insert(number)
            asked[number] = nil
            return
        }
        if let place = asked.removeValue(forKey: number)?.place {
            spentPlaces = spentPlaces.suffix(3) + [place]
        }
        spent.append(number)
    }
}
