// What a worker may say about a request before its outcome. The same fields go from the worker to
// the daemon, after the item they are about, and on to the client.

/// How far a request is.
public struct Progress: Hashable, Sendable {
    public var done: UInt64
    /// nil where it is not known.
    public var total: UInt64?
    public var unit: String
    public var description: String

    public init(done: UInt64, total: UInt64?, unit: String = "", description: String = "") {
        self.done = done
        self.total = total
        self.unit = unit
        self.description = description
    }

    init(_ body: inout BodyReader) throws(WireError) {
        done = try body.integer("done")
        let total = try body.integer("total", as: UInt64.self)
        self.total = total == .max ? nil : total
        unit = try body.text("unit")
        description = try body.text("description")
    }

    func encode(into out: inout OutputBuffer) {
        out.put(done)
        out.put(total ?? .max)
        out.put(text: unit)
        out.put(text: description)
    }
}

/// A line for the log.
public struct LogLine: Hashable, Sendable {
    /// As in syslog(3).
    public enum Level: UInt8, Hashable, Sendable, CaseIterable {
        case error = 3
        case warning, notice, info, debug
    }

    public var level: Level
    public var message: String

    public init(_ level: Level, _ message: String) {
        self.level = level
        self.message = message
    }

    init(_ body: inout BodyReader) throws(WireError) {
        guard let level = Level(rawValue: try body.integer("level")) else {
            throw body.fault("level", .outOfRange)
        }
        self.level = level
        message = try body.text("message")
    }

    func encode(into out: inout OutputBuffer) {
        out.put(level.rawValue)
        out.put(text: message)
    }
}

/// A partial result, numbered from 0 within its attempt.
public struct Chunk: Equatable {
    public var sequence: UInt64
    public var payload: Payload

    public init(sequence: UInt64, payload: Payload) {
        self.sequence = sequence
        self.payload = payload
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        sequence = try body.integer("sequence")
        payload = try body.attributedPayload(&strings)
    }

    func encode(into out: inout OutputBuffer) {
        out.put(sequence)
        out.putAttributed(payload)
    }
}
