/// What waits to be read in all sessions, and what is being written to their readers.
///
/// A holder may have as much as stays free for others, and of that a session as much as stays free
/// for the others of its holder. So who reads is not ended because others do not.
public struct UnreadBytes: Sendable {
    /// A session that gets something.
    public struct Session: Sendable {
        public var holder: Holder
        /// What it has.
        public var bytes: Int
        /// Whether all that it has is being written.
        public var hasAllInHand: Bool
        /// Whether somebody reads it.
        public var isRead: Bool

        public init(holder: Holder, bytes: Int, hasAllInHand: Bool, isRead: Bool) {
            self.holder = holder
            self.bytes = bytes
            self.hasAllInHand = hasAllInHand
            self.isRead = isRead
        }
    }

    private var commons: Commons<Holder>

    public init(limit: Int = GatewayLimits.gradioUnreadInAll) { commons = Commons(limit: limit) }

    public var used: Int { commons.used }

    /// Counts more of a session, if it may have it.
    ///
    /// A message that comes when all before it was read has room, however large it is, while its
    /// holder has some left, and all have. Half of the holder's is for sessions that are read:
    /// those that are not may get one each, and are many.
    public mutating func take(_ more: Int, for session: Session) -> Bool {
        let most = commons.most(for: session.holder)
        let used = commons.part(of: session.holder)
        let isInShare = session.bytes + more <= (most - used + session.bytes) / 2
        let isFirst =
            session.hasAllInHand && used < (session.isRead ? most : most / 2)
            && (commons.used == 0 || commons.used + more <= commons.limit)
        guard isInShare || isFirst else { return false }
        commons.charge(more, to: session.holder)
        return true
    }

    /// Counts why a session ended, which it gets in any case.
    public mutating func count(_ more: Int, for holder: Holder) {
        commons.charge(more, to: holder)
    }

    public mutating func giveBack(_ fewer: Int, of holder: Holder) {
        commons.giveBack(fewer, of: holder)
    }
}
