import Foundation
import Glibc
import SluiceSystem

/// What a process prints, as it comes.
final class Output {
    private let source: Descriptor
    private var bytes: [UInt8] = []
    private var isOver = false

    init(_ source: consuming Descriptor) { self.source = source }

    /// All that came so far.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Waits for a line that has this in it, and returns the first.
    func line(containing part: String) throws -> String {
        try line { $0.contains(part) }
    }

    /// Waits for a line of which this is true, from the first one on.
    func line(where isWanted: (String) -> Bool) throws -> String {
        var next = 0
        while true {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            // The last has not ended yet.
            for line in lines.dropLast().dropFirst(next) where isWanted(String(line)) {
                return String(line)
            }
            next = max(0, lines.count - 1)
            guard try receive() else { throw Surprise("ended without the line:\n\(text)") }
        }
    }

    /// Everything until its end.
    func all() throws -> String {
        while try receive() {}
        return text
    }

    /// Takes what has come, without waiting.
    func soFar() throws -> String {
        while try isReady(within: .zero), try receive() {}
        return text
    }

    /// Waits for more, but no longer than this, and says whether any came.
    func awaitMore(within time: Duration) throws -> Bool {
        try isReady(within: time) ? try receive() : false
    }

    private func receive() throws -> Bool {
        guard !isOver else { return false }
        guard try isReady(within: patience) else { throw Surprise("nothing came after:\n\(text)") }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let received = room.withUnsafeMutableBytes { source.receive(into: $0) }
        switch received {
        case .bytes(let count): bytes += room[..<count]
        case .wouldBlock: break
        case .closed, .descriptorsLost, .failed: isOver = true
        }
        return !isOver
    }

    private func isReady(within time: Duration) throws -> Bool {
        try isReadable(source.number, within: time)
    }
}

/// What a test waits for nearly everything at most: long, because a loaded machine is slow.
let patience = Duration.seconds(30)

/// Something a test did not reckon with.
struct Surprise: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until a descriptor has something.
func isReadable(_ number: CInt, within time: Duration) throws -> Bool {
    var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    let milliseconds = CInt(clamping: time.components.seconds * 1000)
    while true {
        let count = poll(&entry, 1, milliseconds)
        guard count < 0 else { return count > 0 }
        guard errno == EINTR else { throw SystemError("poll") }
    }
}
