import SluiceModel

/// What survives what, once the store has said that it is stored.
public enum Durability: String, Hashable, Sendable, CaseIterable {
    /// The end of the daemon, however it ends. The machine's may take the last few with it, and
    /// never more than those: the file stays whole.
    case process
    /// The end of the machine, too: the disk has it before the answer.
    case power
}

/// What an operator decides about the store.
public struct StoreSettings: Hashable, Sendable {
    public var durability = Durability.process
    /// How long the outcome of a detached request can be fetched.
    public var resultTTL = Duration.seconds(24 * 3600)
    /// Bytes of the file; at least `StoreLimits.leastStoredBytes`. One sixteenth is for outcomes:
    /// new requests leave it free, so that those that run can end.
    public var maxStoredBytes = 1 << 30

    public init() {}
}

/// Bounds that no configuration can lift.
public enum StoreLimits {
    /// Bytes of a payload or a result, as the bytes of an inline one are bounded.
    public static let payloadBytes = Limits.frameBody
    /// Bytes of the text that goes with an outcome.
    public static let messageBytes = Limits.messageBytes
    /// Chunks that are kept of one request, and their bytes.
    public static let chunksPerRequest = 1 << 16
    public static let chunkBytesPerRequest = 64 << 20
    /// Operations that may be on their way, and the bytes they hold.
    public static let backlog = 1 << 16
    public static let backlogBytes = 256 << 20
    /// Rows in one answer, and those that one `expire` deletes.
    public static let rowsPerPage = 256
    /// Operations in one transaction, and the bytes they bring; a turn is never divided.
    static let groupOperations = 4096
    static let groupBytes = 16 << 20
    /// What a file may be bounded to.
    public static let leastStoredBytes = 1 << 20
    /// Files of up to so many bytes are read as a whole when they are opened, to see that they
    /// are sound. In larger ones damage shows when it is come upon.
    static let checkedBytes = 256 << 20
    /// Damaged files that are kept beside the store. With one more it stays closed: nobody
    /// but a person throws them away, and they do not fill the disk.
    static let damagedFiles = 8
    /// What is kept of the log between two commits: room that is there on a full disk, too.
    static let journalBytes = 4 << 20
    /// Bytes of the disk that are held for a day on which it is full.
    static let ballastBytes = 4 << 20
}

/// How tests look at the store from below.
struct StoreProbes: Hashable, Sendable {
    /// The layer between SQLite and the system, by the name it was registered under.
    var vfs: String?
    /// Pages of the log after which they are carried over into the file.
    var checkpointPages = 1000
    var ballastBytes = StoreLimits.ballastBytes
}
