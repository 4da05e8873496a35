import Foundation
import Glibc
import Testing

/// Stands in for systemd-journald: what is sent to it in its native protocol, as fields.
///
/// Its socket has one place in the whole system, so the program is run where that place is ours:
/// in a mount namespace of its own.
struct FakeJournal: ~Copyable {
    private let socket: DatagramSocket
    private let directory: String

    init(_ scratch: Scratch) throws {
        directory = scratch.file("journal")
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        socket = try DatagramSocket("\(directory)/socket")
    }

    private static let unshare =
        ["unshare", "--mount", "--propagation", "private"]
        + (geteuid() == 0 ? [] : ["--user", "--map-root-user"])

    /// Whether this machine lets us have such a namespace.
    static var isPossible: Bool {
        get throws {
            let trial = try ChildProcess(unshare + ["mount", "-t", "tmpfs", "none", "/run"])
            return try trial.waitForEnd() == .code(0)
        }
    }

    /// Words before a program's, that make its journal and its standard error lead here.
    var prefix: [String] {
        let script = """
            mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
            mount --bind "$1" /run/systemd/journal && shift &&
            JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@" 
            """
        return Self.unshare + ["sh", "-c", script, "sh", directory]
    }

    /// The fields of the next message.
    func next() throws -> [String: String] { try Self.fields(of: try socket.next()) }

    /// The next message of a kind, by its id.
    func next(_ id: String) throws -> [String: String] {
        while true {
            let fields = try next()
            if fields["MESSAGE_ID"] == id { return fields }
        }
    }

    /// Each is `NAME=value` and a line break; or, where the value has one, `NAME`, a line break,
    /// the value's length in eight bytes, the value and a line break.
    private static func fields(of message: [UInt8]) throws -> [String: String] {
        var fields: [String: String] = [:]
        var rest = message[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
                let size = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                let value = rest.dropFirst(8).prefix(size)
                rest = rest.dropFirst(8 + size + 1)
                try add(String(decoding: line, as: UTF8.self), value, to: &fields)
                continue
            }
            try add(
                String(decoding: line[..<equals], as: UTF8.self), line[(equals + 1)...], to: &fields
            )
        }
        return fields
    }

    private static func add(
        _ name: String, _ value: ArraySlice<UInt8>, to fields: inout [String: String]
    ) throws {
        try #require(fields[name] == nil, "\(name) came twice")
        fields[name] = String(decoding: value, as: UTF8.self)
    }
}
