import Testing

@testable import sluicectl

@Suite("Options that every command takes may stand before it")
struct CommandFirstTests {
    @Test("They are put behind the command")
    func moved() {
        #expect(commandFirst(["--json", "queues", "--names"]) == ["queues", "--json", "--names"])
        #expect(
            commandFirst(["--runtime-directory", "/run/x", "--json", "queue", "q"])
                == ["queue", "--runtime-directory", "/run/x", "--json", "q"])
        #expect(
            commandFirst(["--runtime-directory=/run/x", "top"])
                == ["top", "--runtime-directory=/run/x"])
    }

    @Test("Without a command, or with other options first, nothing moves")
    func unmoved() {
        for words in [
            [], ["--json"], ["--version"], ["queues", "--json"], ["--runtime-directory"],
        ] {
            #expect(commandFirst(words) == words)
        }
    }
}
