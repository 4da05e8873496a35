import SluiceModel

/// An attached worker process.
struct Worker {
    let id: WorkerID
    let name: String
    let process: Int32
    let attachedAt: Instant
    /// Whether it runs a batch on the devices that its grant names, and not wherever it likes.
    let heedsDevices: Bool
    /// Who it is to devices.
    let key: ProcessKey
    /// The devices it was given when it came, if it asked for some.
    var lease = Index<Lease>.none
    /// Whether it was told to go, because of its device.
    var isDismissed = false
    var slots = 0
    var functions: [Index<Function>] = []
    var grants: [Index<Grant>] = []
    var hold = Hold.running
    /// Grants it was told to stop and did not, in time.
    var hungGrants = 0
    /// Whether its one grant must stay alone.
    var isAlone = false
    /// The function whose retry waits for it to become empty; it takes nothing else until then.
    var reservedFor = Index<Function>.none
    /// Whether it may have room for functions that sleep, of which one competes for it.
    var isRoomy = false
    /// Whether it is in the list of those to be looked at.
    var isListed = false
    /// The serial of its latest grant: of equally busy workers the longest idle is next.
    var lastGrant: UInt64 = 0

    init(
        id: WorkerID, name: String, process: Int32, heedsDevices: Bool = true, attachedAt: Instant
    ) {
        self.id = id
        self.name = name
        self.process = process
        self.heedsDevices = heedsDevices
        self.attachedAt = attachedAt
        key = ProcessKey(process: process, of: id)
    }

    var busy: Int { grants.count }
    var isHung: Bool { hungGrants > 0 }
    /// Whether its batches run where the engine believes, also those of queues bound to devices.
    var canBePlaced: Bool { heedsDevices || !lease.isNone }

    /// Whether it may be given more work at all.
    var isUsable: Bool { hold == .running && !isHung && slots > 0 && !isDismissed }
    var hasFreeSlot: Bool { isUsable && !isAlone && busy < slots }
}
