/// Uploads whose progress somebody may watch, by the names that their clients gave them.
///
/// News of a file are added up until they are read: a slow reader costs no more than the names of
/// the files. An upload that was not watched is remembered as done, for who comes late.
public struct UploadNews<Reader: Sendable>: Sendable {
    private struct Watched: Sendable {
        var serial: Int
        var isDone = false
        var isUploading = false
        var reader: Reader?
        var bytes: [(name: String, count: Int)] = []
    }

    private var watched: [String: Watched] = [:]
    private var serial = 0

    public init() {}

    /// An upload begins. One for which there is no room is not watched.
    public mutating func begin(_ id: String) {
        guard id.utf8.count <= 128, makeRoom(for: id) else { return }
        watched[id]?.isUploading = true
        watched[id]?.isDone = false
    }

    /// So many bytes of a file came.
    ///
    /// - Returns: who is to be woken.
    public mutating func note(_ id: String, _ name: String, _ count: Int) -> Reader? {
        guard var one = watched[id] else { return nil }
        if one.bytes.last?.name == name {
            one.bytes[one.bytes.count - 1].count += count
        } else if one.bytes.count < GatewayLimits.multipartParts {
            one.bytes.append((name, count))
        }
        watched[id] = one
        return one.reader
    }

    /// An upload ended, well or not.
    public mutating func end(_ id: String) -> Reader? {
        watched[id]?.isDone = true
        return watched[id]?.reader
    }

    /// Somebody wants to read; an upload may begin after that.
    public mutating func watch(_ id: String, _ reader: Reader) throws(Refusal) {
        guard id.utf8.count <= 128 else {
            throw Refusal(400, "malformed", "an upload_id has at most 128 bytes")
        }
        guard makeRoom(for: id) else {
            throw Refusal(
                503, "too_many_watched", "too many uploads are watched: try again",
                retryAfter: .seconds(5))
        }
        guard watched[id]?.reader == nil else {
            throw Refusal(409, "watched_already", "somebody reads how this upload goes already")
        }
        watched[id]?.reader = reader
    }

    /// Who read went.
    public mutating func leave(_ id: String) {
        guard let one = watched[id] else { return }
        watched[id]?.reader = nil
        guard !one.isUploading || one.isDone else { return }
        watched[id] = nil
    }

    /// What there is to tell, once: the messages, as Gradio's clients know them, and whether they
    /// are the last.
    public mutating func read(_ id: String) -> (messages: [Value], isLast: Bool) {
        guard let one = watched[id] else { return ([["msg": "done"]], true) }
        watched[id]?.bytes = []
        let updates = one.bytes.map { name, count -> Value in
            [
                "msg": "update", "orig_name": .string(name),
                "chunk_size": .integer(Int64(count)),
            ]
        }
        return (one.isDone ? updates + [["msg": "done"]] : updates, one.isDone)
    }

    private mutating func makeRoom(for id: String) -> Bool {
        guard watched[id] == nil else { return true }
        if watched.count >= GatewayLimits.watchedUploads {
            let done = watched.filter { $0.value.isDone && $0.value.reader == nil }
            guard let oldest = done.min(by: { $0.value.serial < $1.value.serial }) else {
                return false
            }
            watched[oldest.key] = nil
        }
        serial += 1
        watched[id] = Watched(serial: serial)
        return true
    }
}
