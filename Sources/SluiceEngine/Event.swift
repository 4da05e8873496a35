import SluiceModel

/// Everything that can happen to the engine.
public enum Event: Sendable {
    case clientJoined(ClientID, Caller)
    /// The client's connection is gone: what it had attached is cancelled.
    case clientLeft(ClientID)
    case submitted(ClientID, Submission)
    /// The same, from a client that was let in with it before a restart, as its ticket proves.
    indirect case reclaimed(ClientID, Submission, Claim)
    case cancelled(ClientID, RequestNumber)
    /// The client wants to be told of a detached request, under a number of its own.
    case fetched(ClientID, RequestNumber, Fetch)
    /// The client wants to hear no more under a number. What it calls so goes on, where it is
    /// detached; else it is cancelled.
    case listenerLeft(ClientID, RequestNumber)
    /// Whether the client wants rank and ETA of this request from now on.
    case watched(ClientID, RequestNumber, Bool)

    /// A worker, which may or may not run a batch on the devices that its grant names.
    case workerJoined(WorkerID, name: String, process: Int32, heedsDevices: Bool = true)
    /// The worker's process or connection is gone, with whatever it had in hand.
    case workerLeft(WorkerID)
    /// A process has ended that a worker was, or the worker left and nobody can tell whether its
    /// process lives. It is told behind `workerLeft`.
    case processEnded(Int32, of: WorkerID)
    /// The worker wants devices before it loads its model.
    indirect case leaseAsked(WorkerID, LeaseRequest)
    indirect case declared(WorkerID, Declaration)
    /// How many batches the worker is willing to run at once, from now on; 0: no more.
    case ready(WorkerID, slots: Int)
    /// The worker began with one item of a grant, or with all of it.
    case started(WorkerID, GrantID, item: Int?)
    case reported(WorkerID, GrantID, item: Int, ReportKind, BodyID)
    case answered(WorkerID, GrantID, item: Int, Answer, BodyID)
    /// The whole grant did not fit into the device's memory.
    case ranOutOfMemory(WorkerID, GrantID)

    /// All devices that there are: at start, and whenever somebody looked again.
    case devicesFound([DeviceDescription])
    case deviceSampled(String, DeviceSample)
    case deviceTroubled(String, DeviceTrouble)

    /// The worker has a batch in hand that it was given before a restart.
    indirect case holding(WorkerID, GrantID, HeldBatch)

    /// What the store answers; see `Effect.store`.
    case store(StoreWord)
    /// An operator wants a detached request that failed to run once more; the token comes back.
    indirect case repeated(Repetition, token: UInt64)

    /// An operator asks; the token comes back with the reply.
    indirect case commanded(Command, token: UInt64)
    /// What a worker declared before a restart; the worker may not be back yet.
    indirect case remembered(Declaration)
    /// What was learned of a function before a restart. It is told behind what makes the function
    /// known; of another it teaches nothing.
    indirect case learned(function: String, Learned)
    /// A change that was made before a restart and kept. It may be about a queue or function
    /// that nobody has declared yet; the name is known from now on.
    indirect case restored(Command)
    /// There was a daemon before this one, and what it had accepted may come back. It is told
    /// once, when the configuration was.
    case restarted(after: Predecessor)
    /// The configuration as read at start and at every reload, with who asked for that.
    indirect case configured(Configuration, by: UInt32? = nil)
    /// Whether anybody wants to be told of each request's life (`Notice.request`).
    case observed(Bool)
}
