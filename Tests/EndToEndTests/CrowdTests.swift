import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct CrowdTests {
    @Test("A thousand clients that are connected at once each get their own result")
    func thousandClients() throws {
        try raiseDescriptorLimit()
        let daemon = try TestDaemon()
        let worker = try EchoWorker(
            daemon, slots: 8, FunctionSettings(concurrencyLimit: Limit.none))
        let before = try daemon.settledDescriptors()
        var clients: [(DataConnection, RequestNumber)] = []
        for index in 0..<1000 {
            let client = try daemon.client()
            let number = try client.submit("echo", arguments("\(index)"))
            try client.flush()
            clients.append((client, number))
        }
        try daemon.settle { $0.clients == 1000 }
        for (index, (client, number)) in clients.enumerated() {
            let outcome = try client.outcome(of: number)
            try #require(outcome.content == arguments("\(index)"))
        }
        clients.removeAll()
        try daemon.settle(to: before)
        #expect(try daemon.stop() == .code(0))
        #expect(try worker.finish() == 1000)
    }
}

/// A thousand connections need as many descriptors, and the daemon inherits the limit.
private func raiseDescriptorLimit() throws {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    try #require(getrlimit(resource, &limit) == 0)
    limit.rlim_cur = min(limit.rlim_max, 1 << 16)
    try #require(setrlimit(resource, &limit) == 0)
    try #require(limit.rlim_cur >= 4096, "LimitNOFILE is too low for this test")
}
