import Glibc
import SluiceClient
import SluiceWire
import Testing

@Suite struct WorkerDeathTests {
    @Test("One poison request in a batch of eight fails alone, and nobody else notices")
    func poisonFailsAlone() throws {
        let daemon = try TestDaemon(
            configuration: """
                [function.work]
                batch = true
                max_batch_size = 8
                [function.bystander]
                """)
        let client = try daemon.client()
        let asked = try (0..<8).map { number in
            try client.submit("work", arguments(number == 5 ? "poison" : "\(number)"))
        }
        let others = try (0..<50).map { try client.submit("bystander", arguments("\($0)")) }
        try client.flush()

        let respawner = Respawner(daemon, "poison_worker")
        var outcomes = try asked.map { try client.outcome(of: $0) }
        let poison = outcomes.remove(at: 5)
        #expect(poison.outcome == .failed)
        #expect(poison.code == "worker_died")
        // In batches of 8, 4 and 2, uncharged, and twice alone.
        #expect(poison.attempts == 5)
        for outcome in outcomes { #expect(outcome.code == "ok", "\(outcome.message)") }
        for number in others {
            let outcome = try client.outcome(of: number)
            #expect(outcome.code == "ok", "\(outcome.message)")
        }
        #expect(try respawner.stop() == 5)
    }

    @Test("A worker that was killed is noticed though its child keeps the socket open")
    func childKeepsSocket() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python("forking_worker")
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        let client = try daemon.client()
        let outcome = try client.outcome(of: try client.submit("fork", arguments()))
        let child = try #require(Int32(String(decoding: outcome.content.bytes, as: UTF8.self)))
        defer { kill(child, SIGKILL) }

        worker.send(SIGKILL)
        try worker.waitForEnd()
        try daemon.settle { $0.workers == 0 }
        #expect(kill(child, 0) == 0)
    }

    @Test("What a worker said before it died counts, however much is unread by then")
    func lastWordsCount() throws {
        let daemon = try TestDaemon(
            configuration: """
                [function.last]
                batch = true
                max_batch_size = 40
                max_attempts = 1
                """)
        let client = try daemon.client()
        let asked = try (0..<40).map { _ in try client.submit("last", arguments()) }
        try client.flush()
        let worker = try daemon.python("last_words", "40", "3000")
        for number in asked {
            let outcome = try client.outcome(of: number)
            #expect(outcome.code == "ok")
            #expect(outcome.content.bytes.count == 3000)
        }
        try #expect(worker.waitForEnd() == .code(0))
    }
}
