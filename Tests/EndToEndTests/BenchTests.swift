import Foundation
import SluiceBench
import SluiceClient
import Testing

/// That measuring works. What is measured here is a debug build among other tests, and means
/// nothing.
@Suite("sluice-bench measures")
struct BenchTests {
    private func bench() throws -> Bench {
        var programs = try Programs(
            sluiced: Places.built("sluiced"), relay: Places.built("sluice-relay"))
        programs.bench = Places.built("sluice-bench")
        var bench = Bench(programs)
        bench.span = .milliseconds(100)
        return bench
    }

    private func setting(_ name: String) throws -> Setting {
        try #require(Setting.named(name).first)
    }

    @Test("A run starts relay and daemon, and prints a table of both")
    func run() throws {
        let said = try Said(
            by: ChildProcess([
                Places.built("sluice-bench"), "run", "--setting", "S2", "--peers", "none",
                "--rounds", "1", "--seconds", "0.1", "--relay", Places.built("sluice-relay"),
                "--sluiced", Places.built("sluiced"),
            ]))
        #expect(said.end == .code(0), "\(said.errors)")
        let rows = said.output.split(separator: "\n").map { $0.split(separator: " ") }
        for broker in ["relay", "sluice"] {
            let row = try #require(rows.first { $0.starts(with: ["S2", Substring(broker)]) })
            let requests = Double(row[2].replacing(",", with: ""))
            #expect(requests ?? 0 > 0, "\(said.output)")
        }
        let ratio = try #require(rows.first { $0.starts(with: ["S2", "sluice"]) })[3]
        #expect(Double(ratio) ?? 0 > 0, "\(said.output)")
    }

    @Test("A lone request is measured with and without batches")
    func lone() throws {
        let round = try bench().round(of: setting("S1-batched"))
        let (on, off) = (try #require(round.own[.p50]), try #require(round.base?[.p50]))
        #expect(Rounds([round]).difference(.p50)?.median == on - off)
    }

    /// Whoever has none of them runs no case.
    static let installed: [BrokerKind] = {
        do {
            let programs = try Programs(
                sluiced: Places.built("sluiced"), relay: Places.built("sluice-relay"))
            return BrokerKind.peers.filter(programs.has)
        } catch {
            return []
        }
    }()

    @Test("A peer that is installed does the same work", arguments: installed)
    func peer(_ peer: BrokerKind) throws {
        var bench = try bench()
        bench.span = .milliseconds(300)
        for name in ["S1", "S3", "S4-inline"] {
            var setting = try setting(name)
            // Few enough of 1 MiB that some come back in time on a busy machine, too.
            if setting.load.payload > 128 { setting.load.outstanding = 2 }
            let sample = try bench.sample(of: setting, peer)
            #expect(try #require(sample[.rate]) > 0, "\(name)")
            #expect(try #require(sample[.cpu]) > 0, "\(name)")
        }
        guard peer.hasQueue else { return }
        var parked = try setting("S5-1M")
        parked.kind = .park(500, times: 2)
        #expect(try #require(try bench.sample(of: parked, peer)[.dequeueCPU]) > 0)
    }

    @Test("Sessions that send by turns are all answered")
    func sessions() throws {
        var sessions = try setting("sessions-10k")
        sessions.kind = .park(100, times: 2)
        sessions.load.connections = 50
        sessions.load.functions = 30
        sessions.load.wave = 8
        sessions.workers = 4
        #expect(try #require(try bench().sample(of: sessions, .sluice)[.enqueueCPU]) > 0)
    }

    @Test(
        "Payloads come back whole in frames and in memory files",
        arguments: ["S4-inline", "S4-fresh", "S4-reused"])
    func large(_ name: String) throws {
        var setting = try setting(name)
        // Few enough that some come back in time on a busy machine, too; and there is more time
        // where none did, as under a sanitizer.
        setting.load.outstanding = 4
        var bench = try bench()
        var round = try bench.round(of: setting)
        while bench.span < .seconds(5), [round.own, round.base].contains(where: isIdle) {
            bench.span *= 4
            round = try bench.round(of: setting)
        }
        #expect(try #require(round.own[.rate]) > 0)
        #expect(try #require(round.base?[.rate]) > 0)
        #expect(try #require(round.own[.cpu]) > 0)
    }

    private func isIdle(_ sample: Sample?) -> Bool { (sample?[.rate] ?? 0) == 0 }

    @Test("What is parked is counted in memory and processor time", arguments: ["S5-1k", "S6"])
    func parked(_ name: String) throws {
        var setting = try setting(name)
        setting.load.connections = min(setting.load.connections, 50)
        setting.kind = .park(500, times: 2)
        let round = try bench().round(of: setting)
        for sample in [round.own, try #require(round.base)] {
            #expect(try #require(sample[.enqueueCPU]) > 0)
            #expect(try #require(sample[.dequeueCPU]) > 0)
            #expect(sample[.requestBytes] != nil)
        }
    }

    @Test("Many queues, and many who want status")
    func many() throws {
        var queues = try setting("queues-10k")
        queues.kind = .park(60, times: 1)
        queues.load.functions = 30
        queues.workers = 4
        #expect(try #require(try bench().round(of: queues).own[.dequeueCPU]) > 0)
        var status = try setting("status")
        status.kind = .park(200, times: 1)
        let sample = try bench().round(of: status).own
        #expect(try #require(sample[.statuses]) > 0)
        #expect(sample[.statusRate] != nil)
    }

    private func load(_ daemon: TestDaemon, _ options: String...) throws -> Said {
        let words = [
            Places.built("sluice-bench"), "load", "--runtime-directory", daemon.directory,
            "--seconds", "0.2",
        ]
        return try Said(by: ChildProcess(words + options))
    }

    @Test("A daemon that runs gets a closed or an open loop", arguments: [false, true])
    func load(_ isOpen: Bool) throws {
        let daemon = try TestDaemon()
        let worker = try EchoWorker(daemon)
        let said =
            isOpen
            ? try load(daemon, "--rate", "200", "--json")
            : try load(daemon, "--connections", "2", "--outstanding", "4", "--json")
        #expect(said.end == .code(0), "\(said.errors)")
        let sample = try JSONDecoder().decode(
            [String: Double].self, from: Data(said.output.utf8))
        #expect(try #require(sample["rate"]) > 0)
        #expect(try #require(sample["p50"]) > 0)
        _ = try daemon.stop()
        #expect(try worker.finish() > 0)
    }

    @Test("An answer that is not what was sent is an error")
    func wrongAnswer() throws {
        let daemon = try TestDaemon()
        let worker = try EchoWorker(daemon) { _ in .json("[]") }
        let said = try load(daemon)
        #expect(said.end == .code(1))
        #expect(said.errors.contains("is not what was sent"), "\(said.errors)")
        _ = try daemon.stop()
        _ = try worker.finish()
    }

    @Test("A request that is refused is an error, with its reason")
    func refused() throws {
        let daemon = try TestDaemon()
        let said = try load(daemon, "--function", "unheard-of")
        #expect(said.end == .code(1))
        #expect(said.errors.contains("unknown_function"), "\(said.errors)")
    }
}
