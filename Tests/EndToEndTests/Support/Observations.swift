import Foundation
import SluiceClient
import SluiceWire

// What is seen of a daemon from outside.

extension TestDaemon {
    /// Descriptors it has open, less those through which it is just writing its state.
    var openDescriptors: Int {
        get throws {
            let directory = "/proc/\(process.id)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: directory).count { name in
                let file = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "\(directory)/\(name)")
                return !(file ?? "").hasPrefix(scratch.file("state"))
            }
        }
    }

    /// Bytes of memory it has resident.
    var residentBytes: Int { get throws { try memory("VmRSS") } }

    /// The most it ever had.
    var peakResidentBytes: Int { get throws { try memory("VmHWM") } }

    private func memory(_ field: String) throws -> Int {
        let status = try String(
            contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
        for line in status.split(separator: "\n") where line.hasPrefix("\(field):") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 1, let size = Int(words[1]) { return size << 10 }
        }
        throw Surprise("no \(field) in:\n\(status)")
    }

    /// Descriptors it has open once so many clients are left, and one control connection.
    func settledDescriptors(clients: Int = 0) throws -> Int {
        var count = 0
        // A connection that was closed goes in this turn or the next, so equal counts are wanted.
        var equal = 0
        try settle { status in
            let last = count
            count = try openDescriptors
            equal = count == last && status.clients == clients ? equal + 1 : 0
            return equal == 3
        }
        return count
    }

    /// Lets the daemon take turns until this is true of it. Each call is one turn at least, in
    /// which it serves whatever else is ready; so few of them are needed, and none is a guess at
    /// how long something takes.
    func settle(
        _ isSettled: (Control.Daemon) throws -> Bool
    ) throws {
        let control = try control()
        for _ in 0..<100_000 where try isSettled(try control.call(Control.Status())) { return }
        throw Surprise("it does not settle: \(try control.call(Control.Status()))")
    }
}
