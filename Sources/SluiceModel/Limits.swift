/// Bounds that no configuration can lift. What an operator may choose is in the settings; these
/// are what the code is built to hold. Reaching one is a named refusal.
public enum Limits {
    /// Bytes in the name of a function or a queue.
    public static let nameBytes = 128
    /// Bytes of a frame's body, and so of a payload that travels inline (64 MiB).
    public static let frameBody = 64 << 20
    /// Bytes of the first frame's body: a HELLO or WELCOME with all its attributes, or an ERROR.
    public static let openingBody = 17 << 10
    /// Bytes of a body that the daemon takes from a peer: what is passed on must not outgrow
    /// `frameBody` by the fields that the daemon puts before the payload.
    public static let incomingBody = frameBody - (64 << 10)
    /// The largest number of requests, batches or the like that a setting can name.
    public static let count = 1_000_000_000
    /// Descriptors that may travel with one frame.
    public static let descriptorsPerFrame = 16
    /// Bytes in the content type of a payload.
    public static let contentTypeBytes = 255
    /// Bytes of the attributes of one message.
    public static let attributes = 16 << 10
    /// Bytes of a human-readable message, such as the text of a failure.
    public static let messageBytes = 16 << 10
    /// Bytes of what an operator says of a device that is cordoned.
    public static let reasonBytes = 256
    /// Bytes of the ticket given at admission.
    public static let ticket = 64
    /// Bytes of one call or reply on the control socket.
    public static let controlMessage = 4 << 20
    /// Live requests of one client connection.
    public static let requestsPerClient = 1 << 17
    /// Callers whom gateways name, with live requests.
    public static let callers = 1 << 16
    /// Requests that workers say they have from before a restart and that nobody claimed yet.
    public static let awaitedRequests = 1 << 17
    /// Bytes of a payload or a result that is stored.
    public static let storedPayload = frameBody
    /// Clients that are told of one detached request.
    public static let listeners = 64
    /// Detached requests that are looked up before they are refused.
    public static let doubts = 1 << 12
    /// Functions that may be known at once, declared or configured.
    public static let functions = 1 << 14
    /// Bytes of what workers say about their functions to people and gateways, all together.
    public static let descriptions = 8 << 20
    /// Functions one worker may declare.
    public static let functionsPerWorker = 256
    /// Batches one worker may run at once.
    public static let slotsPerWorker = 1 << 12
    /// Requests in one batch.
    public static let batchSize = 1 << 12
    /// Attached workers.
    public static let workers = 1 << 12
    /// Connected clients.
    public static let clients = 1 << 16
    /// Devices that are found or declared.
    public static let devices = 64
    /// Devices of one lease or one batch.
    public static let devicesPerLease = 16
    /// Environment variables that a worker is told to set for its devices.
    public static let assignmentsPerLease = 64
    /// Device nodes of one device.
    public static let pathsPerDevice = 16
    /// Processes of one device that a sample tells of.
    public static let processesPerDevice = 256
    /// Bytes of memory in any setting: a pebibyte.
    public static let memoryBytes = 1 << 50
    /// Seconds in any timeout or delay: about 31 years.
    public static let durationSeconds: Int64 = 1_000_000_000
}
