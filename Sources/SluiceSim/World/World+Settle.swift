import SluiceEngine
import SluiceModel

extension World {
    /// Ends the trouble: clients ask for nothing more, the operator takes back everything that
    /// could hold a request, and every function gets a worker that neither fails nor goes. From
    /// here on every accepted request must reach its outcome.
    mutating func settle() {
        isSettling = true
        settleStore()
        settleDevices()
        command(.resume(.daemon))
        command(.set(.daemon, [.maxRunning(.at(8)), .defaultConcurrencyLimit(.at(1))]))
        for queue in profile.queues + ["q0", "q1"] + profile.functions.map(\.name) {
            command(.resume(.queue(queue)))
            command(.set(.queue(queue), [.concurrencyLimit(.at(2))]))
            if edition >= .devices {
                command(.set(.queue(queue), [.perDeviceLimit(.at(2))]))
            }
        }
        for function in profile.functions { command(.resume(.function(function.name))) }
        for worker in workers where !worker.line.isClosed {
            // Whoever hangs, and would for ever, is killed: nothing but that frees its places.
            workerDies(Int(worker.id.rawValue))
        }
        for index in profile.functions.indices { attachReliable(index) }
    }

    /// In place of a worker that a poison request killed.
    mutating func keepReliable() {
        for index in profile.functions.indices
        where !workers.contains(where: { $0.plan == -1 - index && !$0.line.isClosed }) {
            attachReliable(index)
        }
    }

    private mutating func attachReliable(_ function: Int) {
        // Negative plans are nobody's: the profile's workers never take their place.
        let worker = FakeWorker(id: nextWorker(), plan: -1 - function)
        attachWorker(worker, serving: [function], slots: 2)
    }
}
