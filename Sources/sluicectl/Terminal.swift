import Glibc

/// Where the output goes.
enum Terminal {
    /// Wipes the line that stands and goes to its start.
    static let lineStart = "\r\u{1B}[K"

    /// What may be used on a descriptor: nothing but text unless a person is behind it, and no
    /// colour for one who set NO_COLOR (https://no-color.org) or whose terminal has none.
    static func style(of descriptor: CInt) -> Style {
        guard isatty(descriptor) == 1 else { return .plain }
        let coloured = variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
        var size = winsize()
        let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Style(coloured: coloured, width: known ? Int(size.ws_col) : nil)
    }

    /// The style of standard output.
    static var style: Style { style(of: STDOUT_FILENO) }

    /// Refuses to draw a screen where there is none, or one whose cursor cannot be moved.
    static func demandScreen() throws(InputError) {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .noTerminal }
        let name = variable("TERM")
        guard !name.isEmpty, name != "dumb" else { throw .dumbTerminal(name) }
    }

    /// Whether the locale says UTF-8. The variables are read rather than the locale loaded: over
    /// ssh they name one that need not be installed here, and the terminal has it all the same.
    static var takesUnicode: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map { variable($0) }.first { !$0.isEmpty }
        let name = (locale ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    static func print(_ text: String) { print(Array(text.utf8)) }

    /// A result that could not be written is no success.
    static func print(_ bytes: [UInt8]) {
        guard write(bytes, to: STDOUT_FILENO) else {
            complain("sluicectl: standard output: \(String(cString: strerror(errno)))\n")
            exit(ExitStatus.failure.rawValue)
        }
    }

    static func complain(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

    /// All of it at once, unbuffered, so that what was printed is out when the next thing happens.
    /// Whoever reads no more (`| head`) ends us by SIGPIPE, as every tool.
    private static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }

    private static func variable(_ name: String) -> String {
        getenv(name).map { String(cString: $0) } ?? ""
    }
}
