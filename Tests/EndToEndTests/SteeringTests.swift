import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct SteeringTests {
    @Test("What is set holds at once and over a restart, and with --runtime only until then")
    func keeps() throws {
        let daemon = try TestDaemon(
            configuration: "[function.f]\nconcurrency_id = \"q\"\nbatch = true\n")
        for words in [
            ["set", "q", "concurrency_limit=3", "max_wait=2s"],
            ["set", "q", "max_size=5", "--runtime"],
            ["set", "--daemon", "max_running=9"],
            ["set", "--function", "f", "max_batch_delay=50ms"],
            ["pause", "q"], ["drain", "--function", "f"],
        ] {
            let said = try daemon.ctl(words)
            #expect(said.end == .code(0), "\(said.errors)")
        }
        let before = try daemon.control().call(Control.GetQueue(concurrencyID: "q")).queue
        #expect(before.concurrencyLimit == 3)
        #expect(before.maxSize == 5)

        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        let control = try daemon.control()
        let after = try control.call(Control.GetQueue(concurrencyID: "q")).queue
        #expect(after.concurrencyLimit == 3)
        #expect(after.maxWait == 2)
        #expect(after.maxSize == nil)
        #expect(after.hold == .paused)
        #expect(try control.call(Control.Status()).maxRunning == 9)
        let function = try control.functions().first { $0.function == "f" }
        #expect(function?.maxBatchDelay == 0.05)
        #expect(function?.hold == .draining)
    }

    @Test("A value taken back, and a resume, are kept as well")
    func takesBack() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\nconcurrency_id = \"q\"\n")
        for words in [
            ["set", "q", "max_size=5"], ["pause", "q"], ["pause", "--daemon"],
            ["set", "q", "max_size="], ["resume", "q"], ["resume", "--daemon"],
        ] { #expect(try daemon.ctl(words).end == .code(0)) }
        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        let control = try daemon.control()
        let queue = try control.call(Control.GetQueue(concurrencyID: "q")).queue
        #expect(queue.maxSize == nil)
        #expect(queue.hold == .running)
        #expect(try control.call(Control.Status()).hold == .running)
    }

    @Test("The tool says what a revert changed, what holds now, and what it left alone")
    func revertsByTool() throws {
        let daemon = try TestDaemon(
            configuration: """
                [daemon]
                max_running = 7
                [queue.q]
                concurrency_limit = 3
                [function.f]
                concurrency_id = "q"
                batch = true
                """)
        for words in [
            ["set", "q", "concurrency_limit=1"], ["set", "q", "max_wait=2s", "--runtime"],
            ["set", "--function", "f", "max_batch_size=9"], ["set", "--daemon", "max_running=2"],
            ["pause", "q"],
        ] { #expect(try daemon.ctl(words).end == .code(0)) }

        let queue = try daemon.ctl("revert", "q")
        #expect(queue.end == .code(0), "\(queue.errors)")
        #expect(
            queue.output == """
                queue q: concurrency_limit 1 → 3 (configuration)
                queue q: max_wait 2.0s → none (default)
                queue q is still paused: 'sluicectl resume q' ends that.

                """)
        let again = try daemon.ctl("revert", "q", "--json")
        #expect(again.output == "[]\n")
        let function = try daemon.ctl("revert", "--function", "f")
        #expect(function.output == "function f: max_batch_size 9 → 4 (default)\n")
        let json = try daemon.ctl("revert", "--daemon", "--json").output
        #expect(json.contains("\"key\":\"max_running\""), "\(json)")
        #expect(try daemon.control().call(Control.Status()).maxRunning == 7)

        for (words, code, part) in [
            (["revert", "qq"], 4, "did you mean 'q'?"),
            (["revert", "--function", "g"], 4, "did you mean 'f'?"),
            (["revert"], 64, "revert what?"), (["revert", "q", "--daemon"], 64, "one thing"),
        ] {
            let said = try daemon.ctl(words)
            #expect(said.end == .code(CInt(code)), "\(said.errors)")
            #expect(said.errors.contains(part), "\(said.errors)")
        }
    }

    @Test("A queue that was there for what was set alone goes with it, and that is no failure")
    func revertsAway() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python("plain_worker", "gone")
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        #expect(try daemon.ctl("set", "gone", "concurrency_limit=3").end == .code(0))
        worker.send(SIGTERM)
        try worker.waitForEnd()
        try daemon.settle { $0.workers == 0 }
        #expect(try daemon.ctl("forget", "gone").end == .code(0))
        let said = try daemon.ctl("revert", "gone")
        #expect(said.end == .code(0), "\(said.errors)")
        #expect(said.output.hasPrefix("queue gone: "))
        #expect(!said.output.contains("still"))
        #expect(try daemon.ctl("queue", "gone").end == .code(4))
    }

    @Test("What is reverted stays so over a restart, and what holds the queue stays too")
    func reverts() throws {
        let daemon = try TestDaemon(configuration: "[queue.q]\nconcurrency_limit = 3\n")
        for words in [
            ["set", "q", "concurrency_limit=1", "max_size=5"], ["set", "q", "max_wait=2s"],
            ["set", "--daemon", "max_running=9"], ["pause", "q"],
        ] { #expect(try daemon.ctl(words).end == .code(0)) }
        let reverted = try daemon.control().call(Control.Revert(target: .queue("q")))
        #expect(reverted.changes.map(\.key) == ["concurrency_limit", "max_size", "max_wait"])
        #expect(reverted.changes.map(\.old) == [1, 5, 2])
        #expect(reverted.changes.map(\.new) == [3, nil, nil])
        #expect(reverted.changes.map(\.origin) == [.configuration, .default, .default])
        _ = try daemon.journal.line(
            containing: "queue q: concurrency_limit changed from 1 to 3, by user \(geteuid())")

        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        let control = try daemon.control()
        let queue = try control.call(Control.GetQueue(concurrencyID: "q")).queue
        #expect(queue.concurrencyLimit == 3)
        #expect(queue.maxSize == nil && queue.maxWait == nil)
        #expect(queue.hold == .paused)
        #expect(try control.call(Control.Status()).maxRunning == 9)
    }

    @Test(
        "What was set for a queue holds before its worker is back", arguments: [SIGTERM, SIGKILL])
    func beforeTheWorker(signal: Int32) throws {
        let daemon = try TestDaemon()
        let settings = FunctionSettings(
            concurrencyID: "gpu_queue", concurrencyLimit: .at(1), batch: true)
        let worker = try daemon.worker()
        try worker.declare("paint", settings)
        #expect(try daemon.ctl("set", "gpu_queue", "concurrency_limit=4").end == .code(0))
        #expect(try daemon.ctl("set", "--function", "paint", "max_batch_size=2").end == .code(0))
        _ = try daemon.stop(signal)
        try daemon.startAgain()
        let control = try daemon.control()
        let early = try control.call(Control.GetQueue(concurrencyID: "gpu_queue")).queue
        #expect(early.concurrencyLimit == 4)

        let back = try daemon.worker()
        try back.declare("paint", settings)
        let late = try control.call(Control.GetQueue(concurrencyID: "gpu_queue"))
        #expect(late.queue.concurrencyLimit == 4)
        #expect(late.functions.first?.maxBatchSize == 2)
    }

    @Test("A change that cannot be kept holds, and whoever made it is told")
    func notKept() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\nconcurrency_id = \"q\"\n")
        #expect(rename(daemon.scratch.file("state"), daemon.scratch.file("elsewhere")) == 0)
        let said = try daemon.ctl("set", "q", "max_size=5")
        #expect(said.end == .code(1))
        #expect(said.errors.contains("it is in force, but will not be after a restart"))
        #expect(
            try daemon.control().call(Control.GetQueue(concurrencyID: "q")).queue.maxSize == 5)
        _ = try daemon.journal.line(containing: "overrides.json")
        #expect(rename(daemon.scratch.file("elsewhere"), daemon.scratch.file("state")) == 0)
        #expect(try daemon.ctl("set", "q", "max_size=6").end == .code(0))
    }

    @Test("Replies come in the order of the calls, also behind one that waits for the disk")
    func order() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\nconcurrency_id = \"q\"\n")
        let peer = try daemon.raw(.control)
        let set = #"{"method":"io.sluice.Control.Set","parameters":"#
        let get = #"{"method":"io.sluice.Control.GetQueue","parameters":{"concurrency_id":"q"}}"#
        let calls = (1...20).map { size in
            set + #"{"target":{"queue":"q"},"values":{"max_size":\#(size)}}}"# + "\0" + get + "\0"
        }
        try peer.send(Array(calls.joined().utf8))
        var replies: [String] = []
        var unread: [UInt8] = []
        while replies.count < 40, let more = try peer.receive() {
            unread += more
            while let end = unread.firstIndex(of: 0) {
                replies.append(String(decoding: unread[..<end], as: UTF8.self))
                unread.removeSubrange(...end)
            }
        }
        for size in 1...20 {
            #expect(replies[2 * size - 2].contains(#""new":\#(size)"#))
            // It tells how things stand at the end of the turn, after all calls of that.
            #expect(replies[2 * size - 1].contains(#""queue":{"#))
        }
    }

    @Test("What is kept but damaged is said, put aside, and keeps nothing from starting")
    func damaged() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\nconcurrency_id = \"q\"\n")
        #expect(try daemon.ctl("set", "q", "max_size=5").end == .code(0))
        #expect(try daemon.stop() == .code(0))
        try daemon.scratch.write("state/overrides.json", "{\"version\": 1, \"queues\": {\"q\"")
        try daemon.startAgain()
        _ = try daemon.journal.line(containing: "overrides.json")
        #expect(try daemon.ctl("set", "q", "max_size=6").end == .code(0))
        #expect(try daemon.stop() == .code(0))
        #expect(try daemon.scratch.read("state/overrides.json").contains("max_size"))
        #expect(try daemon.scratch.read("state/overrides.json.damaged").hasSuffix("{\"q\""))
    }

    @Test("A pause holds what is accepted, and a resume lets it go")
    func pauses() throws {
        let daemon = try TestDaemon()
        _ = try EchoWorker(daemon)
        #expect(try daemon.ctl("pause", "echo").end == .code(0))
        let client = try daemon.client()
        let number = try client.submit("echo", .json("[]"))
        try client.flush()
        try daemon.settle { $0.waiting == 1 }
        let explained = try daemon.ctl("explain", "1")
        #expect(explained.output.contains("paused"))
        #expect(try daemon.ctl("resume", "echo").end == .code(0))
        #expect(try client.outcome(of: number).code == "ok")
    }

    @Test("A drain refuses what is new, and --wait returns when the accepted is finished")
    func drains() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.worker()
        try worker.declare("work")
        try worker.ready(slots: 1)
        let client = try daemon.client()
        let accepted = try client.submit("work", .json("[]"))
        try client.flush()
        let grant = try worker.nextGrant()
        let drain = try daemon.startCtl(["drain", "--daemon", "--wait"])
        _ = try drain.output.line(containing: "drains")
        let refused = try client.outcome(of: try client.submit("work", .json("[]")))
        #expect(refused.code == "draining")
        #expect(try drain.isRunning)
        try worker.start(grant.id)
        try worker.answer(grant.id, 0, .json("1"))
        try worker.flush()
        #expect(try client.outcome(of: accepted).code == "ok")
        #expect(try drain.waitForEnd() == .code(0))
        // With nothing left to finish it returns at once.
        #expect(try daemon.ctl("drain", "work", "--wait").end == .code(0))
    }

    @Test(
        "Whoever waits for a drain that is taken back is told so, and what it became",
        arguments: [("resume", "running again"), ("pause", "paused")])
    func takesDrainBack(verb: String, state: String) throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let client = try daemon.client()
        try client.submit("work", .json("[]"))
        try client.flush()
        try daemon.settle { $0.waiting == 1 }
        let drain = try daemon.startCtl(["drain", "work", "--wait"])
        _ = try drain.output.line(containing: "drains")
        #expect(try daemon.ctl(verb, "work").end == .code(0))
        let said = try Said(by: drain)
        #expect(said.end == .code(1))
        #expect(said.errors.contains("queue work is \(state) before it was drained"))
    }

    @Test("A worker that is drained leaves in peace")
    func drainsWorker() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python("plain_worker", "work")
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        #expect(try daemon.ctl("drain", "--worker", "1", "--wait").end == .code(0))
        try #expect(worker.waitForEnd() == .code(0))
        try daemon.settle { $0.workers == 0 }
        #expect(try daemon.ctl("forget", "work").end == .code(0))
        #expect(try daemon.ctl("functions", "--names").output.isEmpty)
    }

    @Test("What was set for a function is forgotten with it, and does not bring it back")
    func forgets() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python("plain_worker", "work")
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        for words in [
            ["set", "--function", "work", "max_batch_delay=2s"],
            ["set", "--daemon", "max_running=3"],
        ] {
            #expect(try daemon.ctl(words).end == .code(0))
        }
        let inUse = try daemon.ctl("forget", "work")
        #expect(inUse.end == .code(1))
        #expect(inUse.errors.contains("stop its workers"))

        worker.send(SIGTERM)
        try worker.waitForEnd()
        try daemon.settle { $0.workers == 0 }
        #expect(try daemon.ctl("forget", "work").end == .code(0))
        _ = try daemon.journal.line(containing: "function work forgotten by user 0")
        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        #expect(try daemon.ctl("functions", "--names").output.isEmpty)
        #expect(try daemon.control().call(Control.Status()).maxRunning == 3)
    }
}
