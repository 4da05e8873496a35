import CSluice
import Foundation
import Glibc
import SluiceSystem

/// A process on a terminal of its own, of which the test is the keyboard and the screen.
final class ScreenProcess {
    private let near: Descriptor
    /// Kept open, so that what the process left of the terminal can be looked at after its end.
    private let far: Descriptor
    private let child: Child
    private let handle: Descriptor
    private var bytes: [UInt8] = []

    init(
        _ words: [String], environment: [String: String] = [:], columns: UInt16, rows: UInt16
    ) throws {
        var ends: (CInt, CInt) = (-1, -1)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&ends.0, &ends.1, &name, nil, &size) == 0 else {
            throw SystemError("openpty")
        }
        near = Descriptor(adopting: ends.0)
        far = Descriptor(adopting: ends.1)
        for end in [ends.0, ends.1] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
        let surroundings = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"]
        let id = try spawn(
            words, surroundings.merging(environment) { $1 }, terminal: path)
        child = Child(id: id)
        handle = Descriptor(adopting: sluice_pidfd_open(id))
        // A test that waits for what never comes ends with the process that does not give it.
        DispatchQueue.global().asyncAfter(deadline: .now() + 50) { [weak child] in
            child?.send(SIGKILL)
        }
    }

    deinit {
        child.send(SIGKILL)
        _ = child.reap()
    }

    // MARK: The keyboard

    func type(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(near.number, bytes, bytes.count) == bytes.count else {
            throw SystemError("write")
        }
    }

    func send(_ signal: Int32) { child.send(signal) }

    func resize(columns: UInt16, rows: UInt16) throws {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(near.number, UInt(TIOCSWINSZ), &size) == 0 else { throw SystemError("ioctl") }
    }

    /// From now on every write to the terminal waits, as after ^S, or where nobody reads any more.
    func holdOutput() throws {
        guard tcflow(far.number, TCOOFF) == 0 else { throw SystemError("tcflow") }
    }

    // MARK: The screen

    /// All that it was ever sent.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The last frame that is whole, line by line, without colours. Every frame is drawn from the
    /// top, and the one that is drawn now may not have come to its end.
    var lines: [String] {
        let frame = text.components(separatedBy: "\u{1B}[H").dropFirst().dropLast().last ?? ""
        // One from us, another from the terminal before each line feed.
        let text = String(decoding: frame.utf8.filter { $0 != 0x0D }, as: UTF8.self)
        return text.replacing(/\u{1B}\[[0-9;?]*[A-Za-z]/, with: "")
            .components(separatedBy: "\n")
    }

    /// Waits until the screen shows it.
    func show(_ part: String) throws {
        try show { lines in lines.contains { $0.contains(part) } }
    }

    func show(where isWanted: ([String]) -> Bool) throws {
        while !isWanted(lines) {
            guard try receive() else { throw Surprise("the screen never shows it:\n\(text)") }
        }
    }

    /// Waits until this was sent, wherever.
    func print(_ part: String) throws {
        while !text.contains(part) {
            guard try receive() else { throw Surprise("it never prints it:\n\(text)") }
        }
    }

    func forget() { bytes = [] }

    // MARK: Its end

    func waitForEnd() throws -> Child.End {
        while try !isReadable(handle.number, within: .zero) {
            // It may have much to write before it goes.
            if try isReadable(near.number, within: .seconds(1)) { _ = try receive() }
        }
        while try isReadable(near.number, within: .zero), try receive() {}
        return child.reap()
    }

    /// How the terminal treats what is typed, less what says nothing.
    var modes: [tcflag_t] {
        get throws {
            var modes = termios()
            guard tcgetattr(far.number, &modes) == 0 else { throw SystemError("tcgetattr") }
            return [modes.c_iflag, modes.c_oflag, modes.c_lflag]
        }
    }

    private func receive() throws -> Bool {
        guard try isReadable(near.number, within: patience) else { return false }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(near.number, &room, room.count)
        guard count > 0 else { return false }
        bytes += room[..<count]
        return true
    }
}
