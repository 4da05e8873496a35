import SluiceEngine
import SluiceModel
import SluiceSystem

// A connection comes and goes; what a worker has of devices is its process's. So where there are
// devices every worker is watched until that ends, with a connection or without: one that goes in
// the very turn in which it is given some would be told of none.

extension Edge {
    /// The process of that worker has ended.
    mutating func endProcess(_ serial: UInt64) {
        if let connection = connections.find(.worker, serial) { end(connection) }
        guard let (process, worker) = departed.end(serial) else { return }
        // It may have come back: what it said last comes before its end.
        for connection in connections.all
        where connection.role == .worker && connection.link.credentials.process == process {
            end(connection)
        }
        intake.events.append(.processEnded(process, of: worker))
    }

    /// A connection is gone. Where nobody can tell when its process ends, that is taken to be now.
    mutating func awaitEnd(of connection: Connection) {
        let process = connection.process.take()
        guard connection.role == .worker, hasDevices else { return }
        let (worker, number) = (connection.worker, connection.link.credentials.process)
        if let process, departed.keep(process, of: number, worker: worker) { return }
        intake.events.append(.processEnded(number, of: worker))
    }
}
