import DequeModule
import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

/// A connected client or worker: its link, and what the edge remembers of it.
final class Connection {
    enum Role: UInt64 { case client = 1, worker = 2 }

    let role: Role
    let serial: UInt64
    let link: Link
    /// Whether the engine knows it: after HELLO.
    var hasJoined = false
    /// Whether it is in line for what may wait a little.
    var isLazy = false
    /// Whether it sent more than its share of a turn, and the rest waits for the next.
    var isUnserved = false
    /// When its socket last took something, while more waits.
    var tookAt: Instant?
    /// Whether it is looked at when it took nothing for too long; see `Stalls`.
    var isWatched = false
    /// Whether it was given time to take its farewell.
    var isTakingLeave = false
    /// Its part of what unfinished frames take, as last counted.
    var unfinishedBytes = 0
    /// Whether the worker spoke of what it had before a restart while others are still awaited,
    /// and how much it has said since.
    var isReclaiming = false
    var earlyBytes = 0
    /// Whether it said more than is kept for clients that are not back.
    var isHeldBack = false
    /// A worker's process, watched for its end.
    var process: Descriptor?
    /// What a worker is to be told that it may forget.
    var acknowledgements = Acknowledgements()
    /// Answers of workers whose outcome is on its way to this client, by where it ends.
    var unconfirmed = Deque<(offset: UInt64, source: AnswerSource)>()

    /// Whether a worker takes PAUSE and RESUME.
    var takesPauses = false
    /// Streams that are held because this client does not read them.
    var streams = CrowdedStreams()

    init(_ role: Role, serial: UInt64, _ link: Link) {
        self.role = role
        self.serial = serial
        self.link = link
    }

    var client: ClientID { ClientID(rawValue: serial) }
    var worker: WorkerID { WorkerID(rawValue: serial) }
}
