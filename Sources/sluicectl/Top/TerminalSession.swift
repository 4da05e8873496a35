import Glibc
import SluiceSystem

/// The terminal while the screen has it: keys as they are pressed, another screen, no cursor.
///
/// It is given back on every way out: by `leave`, and when the value goes. What ends the process
/// by a signal leaves first, or has `TopSignals` give back the keyboard. SIGKILL alone cannot be
/// helped; `reset` does.
struct TerminalSession: ~Copyable {
    private let saved: termios

    /// - Parameter modes: to give back.
    init(_ modes: termios) { saved = modes }

    /// How the keyboard is now.
    static func modes() throws(SystemError) -> termios {
        var modes = termios()
        guard tcgetattr(STDIN_FILENO, &modes) == 0 else { throw SystemError("tcgetattr") }
        return modes
    }

    /// Also takes it back after a stop, when the shell has set its own modes.
    func enter() {
        var modes = saved
        // The keyboard still makes signals, so that ^C and ^Z do what they do everywhere. ^S would
        // stop our output and with it the screen, for no reason that a user could see.
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        modes.c_iflag &= ~tcflag_t(ICRNL | IXON)
        set(modes)
        write(ScreenPainter.enter + ScreenPainter.wipe)
    }

    func leave() {
        write(ScreenPainter.leave)
        set(saved)
    }

    deinit { leave() }

    /// One write for a frame, or more where the terminal takes less at once. What cannot be written
    /// was for a terminal that is gone; the signal that says so is on its way.
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            guard count >= 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// The bytes of what was typed, at least one; nil: the terminal is gone.
    func read() -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(STDIN_FILENO, &room, room.count)
        guard count >= 0 || errno == EINTR else { return nil }
        return count == 0 ? nil : Array(room.prefix(max(0, count)))
    }

    /// Columns and rows, as they are now.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        let known =
            ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        // A serial line does not say.
        return known ? (Int(size.ws_col), Int(size.ws_row)) : (80, 24)
    }

    private func set(_ modes: termios) {
        var modes = modes
        // What is shown is gone through, what was typed and not read stays for whoever is next.
        while tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) != 0, errno == EINTR {}
    }
}
