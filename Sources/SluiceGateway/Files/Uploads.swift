import SluiceModel

/// The files that the gateway keeps for its clients: what they uploaded, and what functions
/// answered. Whoever knows a token has its file, until nobody has used it for an hour.
///
/// What clients upload is refused when there is no room. What functions answer pushes out older
/// answers that nobody has read for a while: a function that says a picture with every step would
/// otherwise fill the table with what no page shows any more.
public struct Uploads<File: Sendable>: Sendable {
    public struct Upload: Sendable {
        public let path: UploadPath
        public let contentType: String
        public let size: Int
        /// Whether a function answered it.
        public let isAnswer: Bool
        public let file: File
        fileprivate var lastUse: Instant

        public init(
            _ path: UploadPath, contentType: String, size: Int, isAnswer: Bool = false, file: File,
            at now: Instant
        ) {
            self.path = path
            self.contentType = contentType
            self.size = size
            self.isAnswer = isAnswer
            self.file = file
            lastUse = now
        }
    }

    /// For how long a file is kept that nobody uses.
    public static var keeping: Duration { .seconds(3600) }
    /// For how long an answer at least.
    static var answersKeeping: Duration { .seconds(60) }

    private let limit: Int
    /// By their tokens.
    private var uploads: [String: Upload] = [:]
    /// Bytes of all, those that are on their way among them.
    public private(set) var bytes = 0
    /// Files that are on their way.
    private var arriving = 0
    private var lastSweep = Instant.distantPast

    public var count: Int { uploads.count + arriving }

    /// - Parameter limit: bytes of all together.
    public init(limit: Int) { self.limit = limit }

    // MARK: Files that come

    /// Finds a place for a file.
    public mutating func begin(at now: Instant) throws(Refusal) {
        try makeRoom(files: 1, bytes: 0, at: now)
        arriving += 1
    }

    /// So many bytes more of a file that is on its way.
    public mutating func grow(by count: Int, at now: Instant) throws(Refusal) {
        try makeRoom(files: 0, bytes: count, at: now)
        bytes += count
    }

    /// A file is complete: its bytes are counted already.
    public mutating func complete(_ upload: Upload) {
        arriving -= 1
        uploads[upload.path.token] = upload
    }

    /// A file does not come after all, of which so many bytes are counted.
    public mutating func abandon(bytes count: Int) {
        arriving -= 1
        bytes -= count
    }

    // MARK: Files that are there

    /// A file that somebody wants; nil for one that is unknown, or was not used for too long.
    public mutating func use(_ path: UploadPath, at now: Instant) -> Upload? {
        sweep(at: now)
        guard var upload = uploads[path.token] else { return nil }
        guard now - upload.lastUse < Self.keeping else {
            remove(upload)
            return nil
        }
        upload.lastUse = now
        uploads[path.token] = upload
        return upload
    }

    /// Lets go of what was not used for too long. To be called when something happens: once a
    /// minute it looks at all.
    public mutating func sweep(at now: Instant) {
        guard lastSweep == .distantPast || now - lastSweep >= .seconds(60) else { return }
        lastSweep = now
        for upload in uploads.values where now - upload.lastUse >= Self.keeping { remove(upload) }
    }

    private mutating func remove(_ upload: Upload) {
        uploads[upload.path.token] = nil
        bytes -= upload.size
    }

    private mutating func makeRoom(
        files: Int, bytes more: Int, at now: Instant
    ) throws(Refusal) {
        sweep(at: now)
        guard !hasRoom(files: files, bytes: more) else { return }
        let old = uploads.values.filter { upload in
            let age = now - upload.lastUse
            return age >= Self.keeping || (upload.isAnswer && age >= Self.answersKeeping)
        }.sorted { ($0.lastUse, $0.path.token) < ($1.lastUse, $1.path.token) }
        for upload in old {
            remove(upload)
            // More than is needed, so that not every newcomer has to look at all.
            guard !hasRoom(files: max(files, old.count / 8), bytes: max(more, limit / 64)) else {
                return
            }
        }
        guard !hasRoom(files: files, bytes: more) else { return }
        throw Refusal(
            503, "uploads_full",
            "the gateway keeps \(count) files of \(bytes) bytes, and has no room for more;"
                + " files go an hour after their last use, and --max-uploads-bytes is \(limit)",
            retryAfter: .seconds(60))
    }

    private func hasRoom(files: Int, bytes more: Int) -> Bool {
        count + files <= GatewayLimits.uploads && more <= limit && bytes <= limit - more
    }
}
