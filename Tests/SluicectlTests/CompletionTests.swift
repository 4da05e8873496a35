import ArgumentParser
import SluiceWire
import Testing

@testable import sluicectl

@Suite("What a shell may complete after set")
struct CompletionTests {
    private func candidates(_ words: String..., at index: Int? = nil) -> [String] {
        let words = ["sluicectl", "set"] + words
        return settingCandidates(words, completing: index ?? words.count - 1) { ["embed", "gpu"] }
    }

    @Test("First a queue, unless an option names something else")
    func target() {
        #expect(candidates("") == ["embed", "gpu"])
        #expect(candidates("--json", "--runtime-directory", "/run/x", "") == ["embed", "gpu"])
        #expect(candidates("--daemon", "m").contains("max_running="))
        #expect(
            candidates("--function", "caption", "") == ["max_batch_size=", "max_batch_delay="])
        #expect(
            candidates("gpu", "")
                == ["concurrency_limit=", "max_size=", "max_wait=", "per_device_limit="])
    }

    @Test("A setting is offered once")
    func once() {
        let others = ["concurrency_limit=", "max_wait=", "per_device_limit="]
        #expect(candidates("gpu", "max_size=3", "") == others)
        // Bash takes the words apart at the sign.
        #expect(candidates("gpu", "max_size", "=", "3", "") == others)
    }

    @Test("After the sign come the values that are words, in the form that the shell wants")
    func values() {
        #expect(candidates("gpu", "max_size=") == ["max_size=none", "max_size=default"])
        #expect(candidates("gpu", "max_size", "=") == ["none", "default"])
        #expect(candidates("gpu", "max_size", "=", "n") == ["none", "default"])
        #expect(candidates("--function", "f", "max_batch_size", "=") == ["default"])
        #expect(candidates("gpu", "colour", "=").isEmpty)
    }

    @Test("The scripts leave no space behind KEY=")
    func scripts() throws {
        let bash = try #require(completionScript(["--generate-completion-script", "bash"]))
        #expect(bash.hasSuffix("complete -o filenames -F _sluicectl_with_settings sluicectl\n"))
        let zsh = try #require(completionScript(["--generate-completion-script=zsh"]))
        #expect(zsh.contains("compadd -S '' -- \"${settings[@]}\""))
        #expect(completionScript(["--generate-completion-script", "fish"]) != nil)
        #expect(completionScript(["--generate-completion-script", "tcsh"]) == nil)
        #expect(completionScript(["status"]) == nil)
    }

    @Test("TAB does not wait long for a daemon that does not answer")
    func patience() throws {
        let bash = try #require(completionScript(["--generate-completion-script", "bash"]))
        let lists = [
            "queues", "functions", "workers", "devices", "requests", "requests --detached",
            "requests --detached --state finished",
        ]
        for list in lists {
            let asks = bash.matches(of: try Regex("sluicectl \(list) --names([^2]*)2>"))
            #expect(!asks.isEmpty)
            #expect(asks.allSatisfy { $0.output[1].substring == " --answer-timeout 1s " })
        }
    }
}
