import Foundation
import Glibc
import SluiceSystem

/// Starts a program with nothing to read, and what it prints sent to two descriptors.
func spawn(
    _ words: [String], _ environment: [String: String], output: CInt, errors: CInt
) throws -> pid_t {
    try spawn(words, environment) { actions in
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
    }
}

/// Starts a program in a session of its own, on a terminal.
func spawn(
    _ words: [String], _ environment: [String: String], terminal path: String
) throws -> pid_t {
    // Without a terminal yet, it gets the first that it opens.
    try spawn(words, environment, flags: ownSession) { actions in
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
    }
}

/// `POSIX_SPAWN_SETSID`, which hides behind _GNU_SOURCE.
private let ownSession: CInt = 0x80

private func spawn(
    _ words: [String], _ environment: [String: String], flags: CInt = 0,
    descriptors: (inout posix_spawn_file_actions_t) -> Void
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    descriptors(&actions)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Whatever the test runner blocks or ignores, the child does not.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
        &attributes, Int16(CInt(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | flags))

    var id: pid_t = 0
    let program = words.first ?? ""
    let code = withStrings(words) { words in
        withStrings(surroundings(environment)) { environment in
            posix_spawnp(&id, program, &actions, &attributes, words, environment)
        }
    }
    guard code == 0 else { throw SystemError("posix_spawn", words.first, code: code) }
    return id
}

/// The test's environment without what would lead a child to another daemon or manager.
private func surroundings(_ additions: [String: String]) -> [String] {
    var all = ProcessInfo.processInfo.environment.filter { name, _ in
        !["SLUICE_", "LISTEN_", "NOTIFY_", "WATCHDOG_"].contains { name.hasPrefix($0) }
    }
    all.merge(additions) { _, new in new }
    return all.map { "\($0)=\($1)" }
}

private func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
