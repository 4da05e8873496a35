import Testing

/// The completion script as bash runs it, against a daemon.
@Suite struct CompletionTests {
    /// What TAB offers behind a line, after a `-` where bash was told to put no space behind it.
    private func offered(_ words: [String], _ daemon: TestDaemon) throws -> [String] {
        let script = """
            compopt() { [[ "$*" == *nospace* ]] && echo -; }
            source <("$0" --generate-completion-script bash)
            PATH="${0%/*}:$PATH"
            COMP_WORDS=(sluicectl "$@"); COMP_CWORD=$#; COMP_LINE="sluicectl $*"
            COMP_POINT=${#COMP_LINE}
            cur="${COMP_WORDS[-1]}"; [[ "$cur" == = ]] && cur=
            _sluicectl_with_settings sluicectl "$cur" "${COMP_WORDS[-2]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let said = try Said(
            by: ChildProcess(
                ["bash", "-c", script, Places.built("sluicectl")] + words,
                environment: ["SLUICE_RUNTIME_DIRECTORY": daemon.directory]))
        #expect(said.errors.isEmpty, "\(said.errors)")
        return said.output.split(separator: "\n").map(String.init)
    }

    @Test("Without a shell's name the script is that of the shell one has, KEY= and all")
    func ownShell() throws {
        func script(_ words: [String], shell: String) throws -> Said {
            try Said(
                by: ChildProcess(
                    [Places.built("sluicectl"), "--generate-completion-script"] + words,
                    environment: ["SHELL": shell]))
        }
        for shell in ["bash", "zsh", "fish"] {
            let own = try script([], shell: "/usr/bin/\(shell)")
            #expect(own.end == .code(0), "\(own.errors)")
            #expect(try own.output == script([shell], shell: "/bin/sh").output, "\(shell)")
        }
        #expect(try script([], shell: "/bin/tcsh").end == .code(64))
    }

    @Test("Commands, queues, settings and their values, functions and workers are completed")
    func bash() throws {
        let daemon = try TestDaemon(
            configuration: "[function.paint]\nconcurrency_id = \"gpu_queue\"\n")
        let worker = try daemon.worker("painter")
        try worker.declare("paint")
        try worker.ready(slots: 1)
        try daemon.settle { $0.workers == 1 }
        for (words, expected) in [
            (["rev"], ["revert"]),
            (["fet"], ["fetch"]),
            (["submit", "--det"], ["--detach"]),
            (["queue", "g"], ["gpu_queue"]),
            (["set", "g"], ["gpu_queue"]),
            (["set", "gpu_queue", "max_"], ["-", "max_size=", "max_wait="]),
            (["set", "gpu_queue", "max_size", "="], ["none", "default"]),
            (["set", "gpu_queue", "max_size", "=", "n"], ["none"]),
            (["set", "--daemon", "max_r"], ["-", "max_running="]),
            (["revert", "--function", "p"], ["paint"]),
            (["pause", "--worker", ""], ["1"]),
            (["drain", "--wa"], ["--wait"]),
        ] {
            #expect(try offered(words, daemon) == expected, "\(words)")
        }
        withExtendedLifetime(worker) {}
    }
}
