import SluiceEngine
import SluiceModel

/// A worker process. What it has in hand is kept in the order it came, because the order of a
/// dictionary would be chance that no seed names.
struct FakeWorker {
    let id: WorkerID
    /// Which of the profile's workers it is a life of.
    let plan: Int
    var line = Line()
    /// When the latest word for it arrives: the next one does not overtake it.
    var inbound = Instant.distantPast
    var hand: [InHand] = []
    /// Grants it had and is done with: where stale answers come from.
    var past: [InHand] = []
    /// Said that it wants no more, and goes when its hand is empty.
    var isLeaving = false

    init(id: WorkerID, plan: Int) {
        self.id = id
        self.plan = plan
    }

    /// A batch in its hand.
    struct InHand {
        let grant: GrantID
        let function: String
        let count: Int
        var items: [Item] = []
        var isAnswered: Bool { items.count == count && items.allSatisfy { $0.step == .answered } }
    }

    /// handed ─begin→ running(n) ─step→ running(n+1) ─answer→ answered
    struct Item {
        enum Step: Equatable {
            case handed
            case running(step: Int)
            case answered
        }

        let body: BodyID
        var step = Step.handed
        var chunks: UInt64 = 0
        var isRevoked = false
        /// Until when it does not heed a revocation.
        var stubbornUntil = Instant.distantPast
    }

    func handIndex(of grant: GrantID) -> Int? { hand.firstIndex { $0.grant == grant } }

    /// Lets go of a grant that is over.
    mutating func putAway(_ index: Int) {
        past.append(hand.remove(at: index))
        if past.count > 4 { past.removeFirst() }
    }
}
