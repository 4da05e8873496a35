import DequeModule
import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

/// A connected client or worker: its link, and what the edge remembers of it.
final class Connection {
    enum Role: UInt64 { case client = 1, worker = 2 }

    let serial: UInt64
    let link: Link
    /// Its part of what unfinished frames take, as last counted.
    var unfinishedBytes = 0
    /// How much it has said since it spoke of what it had before a restart.
    var earlyBytes = 0
    /// What a worker is to be told that it may forget.
    var acknowledgements = Acknowledgements()
    /// Answers of workers whose outcome is on its way to this client, by where it ends.
    var unconfirmed = Deque<(offset: UInt64, source: AnswerSource)>()
    /// Streams that are held because this client does not read them.
    var streams = CrowdedStreams()
    /// When its socket last took something, while more waits.
    var tookAt: Instant?

    // What is small stands together: there may be very many connections, and between larger ones
    // each of these would take eight bytes.

    let role: Role
    /// Whether the engine knows it: after HELLO.
    var hasJoined = false
    /// Whether it is in line for what may wait a little.
    var isLazy = false
    /// Whether it sent more than its share of a turn, and the rest waits for the next.
    var isUnserved = false
    /// Whether it is looked at when it took nothing for too long; see `Stalls`.
    var isWatched = false
    /// Whether it was given time to take its farewell.
    var isTakingLeave = false
    /// Whether the worker spoke of what it had before a restart while others are still awaited.
    var isReclaiming = false
    /// Whether it said more than is kept for clients that are not back.
    var isHeldBack = false
    /// Whether a worker takes PAUSE and RESUME.
    var takesPauses = false
    /// A worker's process, watched for its end.
    var process: Descriptor?

    init(_ role: Role, serial: UInt64, _ link: Link) {
        self.role = role
        self.serial = serial
        self.link = link
    }

    var client: ClientID { ClientID(rawValue: serial) }
    var worker: WorkerID { WorkerID(rawValue: serial) }
}
