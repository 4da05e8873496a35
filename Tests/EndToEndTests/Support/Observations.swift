import Foundation
import SluiceClient
import SluiceWire
import Testing

// What is seen of a daemon from outside.

extension TestDaemon {
    /// Descriptors it has open, each by what it leads to, less those through which it is just
    /// writing its state.
    var openDescriptors: [String] {
        get throws {
            let directory = "/proc/\(process.id)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .compactMap { number in
                    // One may be closed while they are looked at.
                    try? FileManager.default.destinationOfSymbolicLink(
                        atPath: "\(directory)/\(number)")
                }
                .filter { !$0.hasPrefix(scratch.file("state")) }
                // It may have inherited a file that another test had open when it was started,
                // and that the other removes meanwhile.
                .map { $0.replacing(" (deleted)", with: "") }
                .map { $0.filter { !$0.isNumber } }.sorted()
        }
    }

    /// The most memory it ever had resident, in bytes.
    var peakResidentBytes: Int { get throws { try memory("VmHWM") } }

    /// Expects that it has less memory resident than this, in bytes.
    func expectMemory(
        below limit: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect("VmRSS", below: limit, sourceLocation)
    }

    /// Expects that it never had this much.
    func expectPeakMemory(
        below limit: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect("VmHWM", below: limit, sourceLocation)
    }

    /// A sanitizer holds on to what is freed, and has notes on all memory: more than the limit is
    /// then said, and fails nothing.
    private func expect(
        _ field: String, below limit: Int, _ sourceLocation: SourceLocation
    ) throws {
        let bytes = try memory(field)
        withKnownIssue("a sanitizer's memory is among it", isIntermittent: true) {
            #expect(bytes < limit, sourceLocation: sourceLocation)
        } when: {
            Sanitizer.isThere
        }
    }

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
    func settledDescriptors(clients: Int = 0) throws -> [String] {
        var open: [String] = []
        // A connection that was closed goes in this turn or the next, so equal counts are wanted.
        var equal = 0
        try settle { status in
            let last = open
            open = try openDescriptors
            equal = open == last && status.clients == clients ? equal + 1 : 0
            return equal == 3
        }
        return open
    }

    /// Waits until it has these open and no others, and one control connection among them.
    ///
    /// What we closed may be open a little longer: a child that another test is starting has a copy
    /// of it until it runs its program.
    func settle(to descriptors: [String]) throws {
        var open: [String] = []
        do {
            try settle { _ in
                open = try openDescriptors
                return open == descriptors
            }
        } catch {
            throw Surprise("open are \(open), not \(descriptors)")
        }
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
