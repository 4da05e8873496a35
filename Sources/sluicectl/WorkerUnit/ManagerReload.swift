import Glibc

/// Has systemd read its units again, by its own tool, which reaches it also where there is no bus.
func reloadManager() throws {
    let words = ["systemctl", "daemon-reload"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var process = pid_t()
    let code = posix_spawnp(&process, words[0], nil, nil, &arguments, nil)
    var status: CInt = 0
    guard code == 0, waitpid(process, &status, 0) == process, status == 0 else {
        throw ToolFailure(
            "the files are written, but systemd did not read them; say 'systemctl daemon-reload'",
            .failure)
    }
}
