import Glibc
import SluiceClient
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@Suite("The daemon owns the GPUs, as NVML shows them")
struct DeviceTests {
    @Test("Three functions with a worker on each of two GPUs never run two batches on one")
    func story() throws {
        let machine = try GraphicsMachine(gpus: 2)
        let functions = ["sdxl", "caption", "upscale"]
        let workers = try functions.flatMap { function in
            try ["gpu0", "gpu1"].map { try machine.worker(function, device: $0) }
        }
        for (worker, device) in zip(workers, ["0", "1", "0", "1", "0", "1"]) {
            _ = try worker.output.line(containing: "has gpu\(device) GPU-\(device)")
        }
        let client = try machine.daemon.client()
        let asked = try (0..<60).map { try client.submit(functions[$0 % 3], arguments("0.01")) }
        for number in asked { #expect(try client.outcome(of: number).code == "ok") }

        let ledger = try machine.ledger()
        #expect(!ledger.contains { $0.word == "collision" })
        #expect(Set(ledger.map(\.device)) == ["gpu0", "gpu1"])
        var running = 0
        for entry in ledger {
            running += entry.word == "begin" ? 1 : -1
            #expect((0...2).contains(running))
        }
    }

    @Test("With memory for two models the third waits, and explain says for what")
    func memory() throws {
        let machine = try GraphicsMachine(
            gpus: 1,
            configuration: """
                per_device_limit = 4
                [function.sdxl]
                memory = "7GiB"
                [function.caption]
                memory = "7GiB"
                [function.upscale]
                memory = "7GiB"
                """)
        let functions = ["sdxl", "caption", "upscale"]
        let workers = try functions.map { function in
            let worker = try machine.daemon.worker(function)
            try worker.declare(function, FunctionSettings(concurrencyID: "gpu"))
            try worker.ready(slots: 1)
            return worker
        }
        let client = try machine.daemon.client()
        let asked = try functions.map { try client.submit($0, arguments("")) }
        try client.flush()
        let first = try grant(workers[0])
        #expect(first.devices == ["gpu0"])
        _ = try grant(workers[1])
        try machine.daemon.settle { $0.waiting == 1 }
        let third = try #require(
            try machine.daemon.control().call(Control.ListRequests()).requests
                .first { $0.state == .waiting })
        let explanation = try machine.daemon.control().call(Control.Explain(id: third.id))
        #expect(explanation.blocker == .memory)
        #expect(
            explanation.message == "a batch of one needs 7 GiB of device gpu0, and 1.8 GiB of "
                + "16 GiB are free: 14 GiB of workers, 256 MiB reserve")
        try workers[0].answer(first.id, 0, .json("1"))
        try workers[0].flush()
        _ = try grant(workers[2])
        #expect(try client.outcome(of: asked[0]).code == "ok")
    }

    private func grant(_ worker: WorkerConnection) throws -> WorkerConnection.Grant {
        while true {
            if case .grant(let grant) = try worker.nextOrder() { return grant }
        }
    }

    @Test("An Xid cordons the GPU, its worker is sent away, and its work goes on elsewhere")
    func fault() throws {
        let machine = try GraphicsMachine(
            gpus: 2,
            configuration: """
                [[device]]
                name = "gpu0"
                uncordon_after = "300ms"
                """)
        let sick = try machine.worker("work", device: "gpu0")
        _ = try sick.output.line(containing: "has gpu0")
        try machine.daemon.settle { $0.queues == 1 }
        let well = try machine.worker("work", device: "gpu1")
        _ = try well.output.line(containing: "has gpu1")
        let client = try machine.daemon.client()
        let number = try client.submit("work", arguments("2"))
        try client.flush()
        try machine.daemon.settle { $0.running == 1 }
        try machine.say("xid 0 79")
        let journal = machine.daemon.journal
        _ = try journal.line(containing: "device gpu0 is cordoned")
        let end = try sick.waitForEnd()
        #expect(end != .code(0))
        #expect(try sick.errors.all().contains("Xid 79"))
        let outcome = try client.outcome(of: number)
        #expect(outcome.code == "ok")
        #expect(String(decoding: outcome.content.bytes, as: UTF8.self).contains("gpu1"))
        _ = try journal.line(containing: "device gpu0 is used again")
    }

    @Test("A lease outlives a crash of the daemon, and ends with its process")
    func restart() throws {
        let machine = try GraphicsMachine(
            gpus: 1, configuration: "[function.work]\nconcurrency_id = \"gpu\"")
        let worker = try machine.worker("work", memory: "10GiB")
        _ = try worker.output.line(containing: "has gpu0")
        _ = try machine.daemon.stop(SIGKILL)
        try machine.daemon.startAgain()
        try machine.daemon.settle { $0.workers == 1 }
        let second = try machine.worker("work", memory: "10GiB")
        try machine.daemon.settle { $0.workers == 2 }
        #expect(try second.output.soFar() == "")
        worker.send(SIGKILL)
        _ = try second.output.line(containing: "has gpu0")
    }

    @Test("A device that is not there is refused with what there is")
    func unknown() throws {
        let machine = try GraphicsMachine(gpus: 1)
        let worker = try machine.worker("work", device: "gpu7")
        #expect(try worker.waitForEnd() != .code(0))
        #expect(try worker.errors.all().contains("there is no device gpu7; there is gpu0"))
    }
}
