import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("What Prometheus reads")
struct MetricsTextTests {
    private var measures: DaemonMeasures {
        var queue = Control.Queue(concurrencyID: "gpu")
        (queue.waiting, queue.running, queue.concurrencyLimit) = (3, 1, 2)
        var device = Control.Device(device: "d", kind: .simulated)
        (device.memoryTotalBytes, device.utilisation, device.state) = (8, 25, .cordoned)
        var worker = Control.Worker(id: 1, name: "w", pid: 2)
        worker.state = .hung
        var metrics = Control.GetMetrics.Reply(durationBounds: [0.001, 1], sizeBounds: [1, 2])
        var function = Control.FunctionMetrics(function: "f", concurrencyID: "gpu")
        function.waits = Control.Distribution(counts: [2, 0, 1], sum: 5.5)
        function.outcomes = ["ok": 2, "function_error": 1, "news": 1]
        metrics.functions = [function]
        metrics.refusals = ["queue_full": 4]
        return DaemonMeasures(
            daemon: Control.Daemon(version: "1", instance: "i", pid: 1), queues: [queue],
            functions: [Control.Function(function: "f", concurrencyID: "gpu")], workers: [worker],
            devices: [device], metrics: metrics)
    }

    private func lines(_ measures: DaemonMeasures?, _ gateway: GatewayMeasures = .init())
        -> [String]
    {
        MetricsText.text(measures, gateway).split(separator: "\n").map { String($0) }
    }

    @Test("Buckets count all that is below them, and the last all there is")
    func histogram() {
        let lines = lines(measures).filter { $0.hasPrefix("sluice_wait_seconds") }
        #expect(
            lines == [
                #"sluice_wait_seconds_bucket{function="f",le="0.001"} 2"#,
                #"sluice_wait_seconds_bucket{function="f",le="1"} 2"#,
                #"sluice_wait_seconds_bucket{function="f",le="+Inf"} 3"#,
                #"sluice_wait_seconds_sum{function="f"} 5.5"#,
                #"sluice_wait_seconds_count{function="f"} 3"#,
            ])
        // Nothing is said of what never happened, but that there is such a thing.
        #expect(self.lines(measures).contains("# TYPE sluice_run_seconds histogram"))
        #expect(!self.lines(measures).contains { $0.hasPrefix("sluice_run_seconds") })
    }

    @Test("Queues, devices, workers, outcomes and refusals are there")
    func content() {
        let lines = Set(lines(measures))
        for line in [
            "sluice_up 1",
            #"sluice_queue_waiting_requests{queue="gpu"} 3"#,
            #"sluice_queue_concurrency_limit{queue="gpu"} 2"#,
            #"sluice_queue_max_size{queue="gpu"} +Inf"#,
            #"sluice_device_memory_bytes{device="d"} 8"#,
            #"sluice_device_utilisation_ratio{device="d"} 0.25"#,
            #"sluice_device_cordoned{device="d"} 1"#,
            #"sluice_workers{state="hung"} 1"#,
            #"sluice_workers{state="idle"} 0"#,
            #"sluice_requests_total{function="f",outcome="failed",code="function_error"} 1"#,
            #"sluice_requests_total{function="f",outcome="unknown",code="news"} 1"#,
            #"sluice_refusals_total{code="queue_full"} 4"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!lines.contains { $0.hasPrefix("sluice_device_temperature_celsius") })
    }

    @Test("Without a daemon the gateway speaks of itself")
    func down() {
        let answers = GatewayMeasures.Answers(route: "/metrics", status: 200)
        var measures = GatewayMeasures(answers: [answers: 7], streams: 2)
        measures.connections = 3
        measures.uploadBytes = 4
        let lines = lines(nil, measures)
        #expect(lines.contains("sluice_http_connections 3"))
        #expect(lines.contains("sluice_http_upload_bytes 4"))
        #expect(lines.contains("sluice_http_body_bytes 0"))
        #expect(lines.contains("sluice_up 0"))
        #expect(lines.contains(#"sluice_http_requests_total{route="/metrics",status="200"} 7"#))
        #expect(lines.contains("sluice_http_streams 2"))
        #expect(!lines.contains { $0.hasPrefix("sluice_queue") })
    }

    @Test("A label's value cannot end it")
    func quoting() {
        var measures = measures
        measures.queues[0].concurrencyID = "a\"} 1\n\\"
        let lines = lines(measures)
        #expect(lines.contains(#"sluice_queue_waiting_requests{queue="a\"} 1\n\\"} 3"#))
    }
}
