import SluiceModel

/// The files that the gateway keeps for its clients: what they uploaded, and what functions
/// answered. Whoever knows a token has its file, until nobody has used it for an hour.
///
/// One holder may have all the room, as long as nobody else wants any. For who comes then, files go
/// sooner: see `makeRoom`.
public struct Uploads<File: Sendable>: Sendable {
    public struct Upload: Sendable {
        public let path: UploadPath
        public let contentType: String
        public let size: Int
        /// Whether a function answered it.
        public let isAnswer: Bool
        /// Who is counted for it, whoever uses it.
        public let holder: Holder
        public let file: File
        fileprivate var lastUse: Instant

        public init(
            _ path: UploadPath, contentType: String, size: Int, isAnswer: Bool = false,
            holder: Holder, file: File, at now: Instant
        ) {
            self.path = path
            self.contentType = contentType
            self.size = size
            self.isAnswer = isAnswer
            self.holder = holder
            self.file = file
            lastUse = now
        }
    }

    /// What one holder has.
    private struct Part: Sendable {
        /// Those that are on their way among them.
        var files = 0
        var bytes = 0
        /// Those that are there, by their tokens.
        var answers = UseOrder<String>()
        var uploads = UseOrder<String>()
    }

    /// For how long a file is kept that nobody uses.
    public static var keeping: Duration { .seconds(3600) }
    /// For how long it is kept though others want the room: an answer, which a page shows at once
    /// if at all, and an upload, which waits for its user to ask something about it.
    static var answersKeeping: Duration { .seconds(60) }
    static var uploadsKeeping: Duration { .seconds(300) }

    private let limit: Int
    /// By their tokens.
    private var uploads: [String: Upload] = [:]
    private var parts: [Holder: Part] = [:]
    /// Of all, those that are on their way among them.
    public private(set) var bytes = 0
    public private(set) var count = 0
    private var lastSweep = Instant.distantPast

    /// - Parameter limit: bytes of all together.
    public init(limit: Int) { self.limit = limit }

    // MARK: Files that come

    /// Finds a place for a file.
    public mutating func begin(for holder: Holder, at now: Instant) throws(Refusal) {
        try makeRoom(files: 1, bytes: 0, for: holder, at: now)
        count += 1
        parts[holder, default: Part()].files += 1
    }

    /// So many bytes more of a file that is on its way.
    public mutating func grow(by more: Int, for holder: Holder, at now: Instant) throws(Refusal) {
        try makeRoom(files: 0, bytes: more, for: holder, at: now)
        bytes += more
        parts[holder]?.bytes += more
    }

    /// A file is complete: its bytes are counted already.
    public mutating func complete(_ upload: Upload) {
        uploads[upload.path.token] = upload
        use(upload)
    }

    /// A file does not come after all, of which so many bytes are counted.
    public mutating func abandon(bytes fewer: Int, of holder: Holder) {
        subtract(fewer, of: holder)
    }

    // MARK: Files that are there

    /// Lets go of a file of which nobody knows.
    public mutating func remove(_ path: UploadPath) {
        guard let upload = uploads[path.token] else { return }
        remove(upload)
    }

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
        use(upload)
        return upload
    }

    private mutating func use(_ upload: Upload) {
        if upload.isAnswer {
            parts[upload.holder]?.answers.use(upload.path.token)
        } else {
            parts[upload.holder]?.uploads.use(upload.path.token)
        }
    }

    /// Lets go of what was not used for too long. To be called when something happens: once a
    /// minute it looks at all.
    public mutating func sweep(at now: Instant) {
        guard lastSweep == .distantPast || now - lastSweep >= .seconds(60) else { return }
        lastSweep = now
        removeExpired(at: now)
    }

    private mutating func removeExpired(at now: Instant) {
        for holder in Array(parts.keys) {
            while let upload = oldest(of: holder), now - upload.lastUse >= Self.keeping {
                remove(upload)
            }
        }
    }

    private mutating func remove(_ upload: Upload) {
        let token = upload.path.token
        uploads[token] = nil
        parts[upload.holder]?.answers.remove(token)
        parts[upload.holder]?.uploads.remove(token)
        subtract(upload.size, of: upload.holder)
    }

    private mutating func subtract(_ fewer: Int, of holder: Holder) {
        count -= 1
        bytes -= fewer
        parts[holder]?.files -= 1
        parts[holder]?.bytes -= fewer
        if parts[holder]?.files == 0 { parts[holder] = nil }
    }

    // MARK: Room

    /// Of a holder's files the one whose last use was longest ago.
    ///
    /// - Parameter isWanted: which of its kinds count.
    private func oldest(
        of holder: Holder, where isWanted: (Upload) -> Bool = { _ in true }
    ) -> Upload? {
        guard let part = parts[holder] else { return nil }
        return [part.answers.oldest, part.uploads.oldest].lazy
            .compactMap { token in token.flatMap { uploads[$0] } }
            .filter(isWanted).min { $0.lastUse < $1.lastUse }
    }

    /// Lets go of files until there is room.
    ///
    /// First of what nobody used for a while, and of that what whoever has most used longest ago.
    /// That may be of one who has less, while others use all of theirs: what somebody works with is
    /// worth more than what lies there, and for its while everything is safe from who has no less.
    /// Then of younger ones, too, of those who would still have no less than the newcomer then has:
    /// whoever uses all its files again and again would keep others out for ever otherwise.
    private mutating func makeRoom(
        files: Int, bytes more: Int, for holder: Holder, at now: Instant
    ) throws(Refusal) {
        sweep(at: now)
        guard more <= limit else { throw full }
        guard !hasRoom(files: files, bytes: more) else { return }
        removeExpired(at: now)
        let isOfFiles = count + files > GatewayLimits.uploads
        // More than is needed, so that not every newcomer has to look at all.
        pushOut(
            isOfFiles, until: (max(files, GatewayLimits.uploads / 64), max(more, limit / 64))
        ) { upload, _ in
            now - upload.lastUse >= (upload.isAnswer ? Self.answersKeeping : Self.uploadsKeeping)
        }
        let part = parts[holder]
        let least = isOfFiles ? (part?.files ?? 0) + files : (part?.bytes ?? 0) + more
        pushOut(isOfFiles, until: (files, more)) { upload, amount in
            upload.holder != holder && amount - (isOfFiles ? 1 : upload.size) >= least
        }
        guard !hasRoom(files: files, bytes: more) else { return }
        throw full
    }

    /// What somebody has of what is short.
    private struct Rank: Comparable {
        let holder: Holder
        let amount: Int
        let lastUse: Instant

        static func < (one: Rank, other: Rank) -> Bool {
            (one.amount, other.lastUse) < (other.amount, one.lastUse)
        }
    }

    private func rank(of holder: Holder, _ isOfFiles: Bool) -> Rank? {
        guard let part = parts[holder], let oldest = oldest(of: holder) else { return nil }
        return Rank(
            holder: holder, amount: isOfFiles ? part.files : part.bytes, lastUse: oldest.lastUse)
    }

    /// Lets go of files that `may` go, one after the other of whoever has most then.
    private mutating func pushOut(
        _ isOfFiles: Bool, until room: (files: Int, bytes: Int),
        _ may: (_ upload: Upload, _ amount: Int) -> Bool
    ) {
        guard !hasRoom(files: room.files, bytes: room.bytes) else { return }
        var ranks = parts.keys.compactMap { rank(of: $0, isOfFiles) }.sorted()
        while !hasRoom(files: room.files, bytes: room.bytes), let most = ranks.popLast() {
            guard let upload = oldest(of: most.holder, where: { may($0, most.amount) }) else {
                continue
            }
            remove(upload)
            guard let rest = rank(of: most.holder, isOfFiles) else { continue }
            let place = ranks.lastIndex { $0 < rest }.map { $0 + 1 } ?? 0
            ranks.insert(rest, at: place)
        }
    }

    private func hasRoom(files: Int, bytes more: Int) -> Bool {
        count + files <= GatewayLimits.uploads && more <= limit && bytes <= limit - more
    }

    private var full: Refusal {
        Refusal(
            503, "uploads_full",
            "the gateway keeps \(count) files of \(bytes) bytes, and has no room for more;"
                + " files go an hour after their last use, and --max-uploads-bytes is \(limit)",
            retryAfter: .seconds(60))
    }
}
