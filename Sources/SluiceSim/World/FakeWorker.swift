import SluiceEngine
import SluiceModel

/// A worker process. What it has in hand is kept in the order it came, because the order of a
/// dictionary would be chance that no seed names.
struct FakeWorker {
    /// Another one for each connection; the first stands for the process.
    var id: WorkerID { ids[ids.count - 1] }
    var ids: [WorkerID]
    /// Which of the profile's workers it is a life of.
    let plan: Int
    var line = Line()
    /// When the latest word for it arrives: the next one does not overtake it.
    var inbound = Instant.distantPast
    var hand: [InHand] = []
    /// Grants it had and is done with: where stale answers come from.
    var past: [InHand] = []
    /// Grants it is done with, and has answers of that are not acknowledged.
    var owed: [InHand] = []
    /// Whether it has no connection since the daemon went.
    var isAway = false
    /// The life of the daemon to which it lost its connection, and that goes on.
    var lostIn = 0
    /// The life of the daemon that heard in time what it has from before.
    var lifeReturnedTo = 0
    /// Said that it wants no more, and goes when its hand is empty.
    var isLeaving = false
    /// Whether it asked for devices and got some, and which.
    var isBound = false
    var held: [String] = []
    /// Bytes that its process has in use on each device.
    var uses: [String: Int] = [:]
    /// Whether it leaves devices to a child.
    var hasChild = false
    /// Whether it runs where it likes.
    var isHeedless = false
    /// Whether nobody knows its process.
    var isUnseen = false
    var processEndsAt = Instant.distantFuture

    init(id: WorkerID, plan: Int) {
        ids = [id]
        self.plan = plan
    }

    /// A batch in its hand.
    struct InHand {
        let grant: GrantID
        let function: String
        let count: Int
        /// The life of the daemon that gave it.
        let life: Int
        /// Where it is to run, if it was told.
        var devices: [String] = []
        /// Whether it was given up when a connection was lost, and may run elsewhere.
        var isForfeited = false
        var items: [Item] = []
        /// Whether it did not fit into memory.
        var isUnfit = false
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
        let request: RequestID
        let attempt: Int
        var answer: Answer?
        var isAcknowledged = false
        var step = Step.handed
        var chunks: UInt64 = 0
        var isRevoked = false
        /// Until when it does not heed a revocation.
        var stubbornUntil = Instant.distantPast
    }

    /// The daemon needs no answer of that any more.
    mutating func forget(_ grant: GrantID, _ item: Int?) {
        func forget(_ held: inout InHand) {
            for position in held.items.indices where item == nil || item == position {
                held.items[position].isAcknowledged = true
            }
        }
        if let index = handIndex(of: grant) { forget(&hand[index]) }
        guard let index = owed.firstIndex(where: { $0.grant == grant }) else { return }
        forget(&owed[index])
        if owed[index].items.allSatisfy(\.isAcknowledged) { owed.remove(at: index) }
    }

    /// Its connection is gone: what it had may be given to others.
    mutating func forfeit() {
        for position in hand.indices { hand[position].isForfeited = true }
        for position in owed.indices { owed[position].isForfeited = true }
    }

    func handIndex(of grant: GrantID) -> Int? { hand.firstIndex { $0.grant == grant } }

    /// Lets go of a grant that is over.
    mutating func putAway(_ index: Int) {
        let over = hand.remove(at: index)
        past.append(over)
        if !over.items.allSatisfy(\.isAcknowledged) { owed.append(over) }
        if past.count > 4 { past.removeFirst() }
    }
}
