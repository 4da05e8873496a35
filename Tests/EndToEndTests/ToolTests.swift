import Foundation
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct ToolTests {
    @Test("Everything there is to see is shown, and is JSON where that is wanted")
    func sees() throws {
        let daemon = try TestDaemon()
        let worker = try daemon.worker("painter")
        try worker.declare("paint", FunctionSettings(concurrencyID: "gpu_queue"))
        try worker.ready(slots: 1)
        let client = try daemon.client()
        for _ in 0..<2 { try client.submit("paint", arguments("x")) }
        try client.flush()
        try worker.start(try worker.nextGrant().id)
        try worker.flush()
        try daemon.settle { $0.running == 1 && $0.waiting == 1 }

        for (words, part) in [
            ("status", "gpu_queue"), ("queues", "gpu_queue"), ("queue gpu_queue", "paint"),
            ("functions", "paint"), ("workers", "painter"), ("requests", "paint"),
            ("explain 2", "concurrency_limit"),
        ] {
            let words = words.split(separator: " ").map(String.init)
            let said = try daemon.ctl(words)
            #expect(said.end == .code(0), "\(words): \(said.errors)")
            #expect(said.output.contains(part), "\(words): \(said.output)")
            let json = try daemon.ctl(words + ["--json"])
            #expect(json.end == .code(0))
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(json.output.utf8))
            }
        }
        #expect(try daemon.ctl("queues", "--names").output == "gpu_queue\n")
        #expect(try daemon.ctl("requests", "--names").output == "1\n2\n")
    }

    @Test("Options of every command may stand before it, too")
    func optionsFirst() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        for words in [
            ["--json", "queue", "f"], ["--runtime-directory", daemon.directory, "queue", "f"],
            ["--runtime-directory=\(daemon.directory)", "--json", "queue", "f"],
        ] {
            let said = try Said(
                by: ChildProcess(
                    [Places.built("sluicectl")] + words,
                    environment: ["SLUICE_RUNTIME_DIRECTORY": daemon.directory]))
            #expect(said.end == .code(0), "\(said.errors)")
            #expect(said.output.contains("concurrency_limit"))
        }
        let mistyped = try daemon.ctl("--json", "qeue", "f")
        #expect(mistyped.end == .code(64))
        #expect(mistyped.errors.contains("queue"))
    }

    @Test("Mistakes are named, with what was probably meant and a code of their own")
    func mistakes() throws {
        let daemon = try TestDaemon(
            configuration: "[function.paint]\nconcurrency_id = \"gpu_queue\"\n")
        for (words, code, part) in [
            ("queue gpu_qeue", 4, "did you mean 'gpu_queue'?"),
            ("functions gpu_quue", 4, "did you mean 'gpu_queue'?"),
            ("requests gpu_qeue", 4, "did you mean 'gpu_queue'?"),
            ("pause gpu_qeue", 4, "did you mean 'gpu_queue'?"),
            ("resume gpu_qeue", 4, "did you mean 'gpu_queue'?"),
            ("drain --wait gpu_qeue", 4, "did you mean 'gpu_queue'?"),
            ("set gpu_qeue max_size=3", 4, "did you mean 'gpu_queue'?"),
            ("requests --function piant", 4, "did you mean 'paint'?"),
            ("pause --function piant", 4, "did you mean 'paint'?"),
            ("set --function piant max_batch_size=2", 4, "did you mean 'paint'?"),
            ("forget piant", 4, "did you mean 'paint'?"),
            ("submit piant", 4, "Did you mean 'paint'?"),
            ("submit sing", 4, "'sluicectl functions'"),
            ("set gpu_queue max_siez=3", 64, "did you mean 'max_size'?"),
            ("set gpu_queue max_running=3", 64, "sluicectl set --daemon max_running="),
            ("cancel 99", 4, "request 99 is not live"),
            ("explain 99", 4, "request 99 is not live"),
            ("pause --worker 99", 4, "there is no worker 99"),
            ("set gpu_queue concurrency_limit=-1", 64, "concurrency_limit"),
            ("set gpu_queue concurrency_limit=99999999999", 64, "allowed: 0 to "),
            ("set --daemon max_wait=2", 64, "max_wait"),
            ("set --function paint max_batch_size=8", 64, "does not take batches"),
            ("sttaus", 64, "status"),
            ("drain", 64, "drain"),
        ] {
            let said = try daemon.ctl(words.split(separator: " ").map(String.init))
            #expect(said.end == .code(Int32(code)), "\(words): \(said.errors)")
            #expect(said.errors.contains(part), "\(words): \(said.errors)")
            #expect(said.output.isEmpty)
        }
    }

    @Test("Of several requests those that are live are cancelled, and the others named")
    func cancelsSeveral() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        let client = try daemon.client()
        for _ in 0..<2 { _ = try client.submit("f", .json("[]")) }
        try client.flush()
        try daemon.settle { $0.waiting == 2 }
        let said = try daemon.ctl("cancel", "98", "1", "99", "2")
        #expect(said.end == .code(4))
        #expect(said.errors.contains("not live: 98, 99: they have their outcomes"))
        try daemon.settle { $0.waiting == 0 }
        withExtendedLifetime(client) {}
    }

    @Test("A request is submitted, and each way it can end has its code")
    func submits() throws {
        let daemon = try TestDaemon(configuration: "[function.nobody]")
        _ = try EchoWorker(daemon)
        let echoed = try daemon.ctl("submit", "echo", "text", "[1, 2]")
        #expect(echoed.end == .code(0))
        #expect(
            echoed.output.filter { !$0.isWhitespace } == "[\"text\",[1,2]]",
            "\(echoed.output)")
        #expect(try daemon.ctl("submit", "unknown").end == .code(4))
        let expired = try daemon.ctl("submit", "nobody", "--queue-timeout", "10ms")
        #expect(expired.end == .code(124))
        #expect(expired.errors.contains("queue_timeout"))

        let waiting = try daemon.startCtl(["submit", "nobody"])
        try daemon.settle { $0.waiting == 1 }
        let id = try daemon.ctl("requests", "--names").output
        #expect(try daemon.ctl("cancel", String(id.dropLast())).end == .code(0))
        #expect(try Said(by: waiting).end == .code(130))
        _ = try daemon.journal.line(containing: "cancelled by user 0")
    }

    @Test("A function that raised is told with its message", arguments: ["failing_worker"])
    func raised(peer: String) throws {
        let daemon = try TestDaemon()
        let worker = try daemon.python(peer)
        try daemon.settle { $0.workers == 1 && $0.queues == 1 }
        let said = try daemon.ctl("submit", "fail", "\"words\"")
        #expect(said.end == .code(1))
        #expect(said.errors.contains("cannot do words"))
        worker.send(SIGTERM)
        try #expect(worker.waitForEnd() == .code(0))
    }

    @Test("A monitor prints each event as it happens, and who did it")
    func monitors() throws {
        let daemon = try TestDaemon(configuration: "[function.f]\nconcurrency_id = \"q\"\n")
        let monitor = try daemon.startCtl(["monitor", "--requests", "--json"])
        _ = try monitor.output.line(containing: "\"monitoring\"")
        _ = try EchoWorker(daemon)
        _ = try monitor.output.line(containing: "\"worker_attached\"")
        let client = try daemon.client()
        _ = try client.outcome(of: try client.submit("echo", .json("[]")))
        for step in ["admitted", "granted", "started", "ended"] {
            _ = try monitor.output.line(containing: "\"request_\(step)\"")
        }
        #expect(try daemon.ctl("set", "q", "max_size=3").end == .code(0))
        let changed = try monitor.output.line(containing: "\"changed\"")
        #expect(changed.contains("max_size changed from none to 3, by user 0"))
        #expect(changed.contains("\"user\":0"))
        monitor.send(SIGINT)
        try #expect(monitor.waitForEnd() == .signal(SIGINT))
    }
}
