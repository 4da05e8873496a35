import Glibc

/// What checks a program while it runs, where the tests and what they start are built with one:
/// `make sanitize`. What cannot be told under one asks here, and says so in what the tests print.
enum Sanitizer {
    /// Memory and threads that the program did not ask for.
    static let isThere = checksAddresses || checksThreads

    static let checksAddresses = isLinked("__asan_init")

    /// Its own thread wakes ten times a second.
    static let checksThreads = isLinked("__tsan_init")

    private static func isLinked(_ symbol: String) -> Bool { dlsym(nil, symbol) != nil }
}
