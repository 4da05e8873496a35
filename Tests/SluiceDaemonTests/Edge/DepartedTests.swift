import Glibc
import Testing

@testable import SluiceDaemon

@Suite("What a worker has of devices it has until its process is gone")
struct DepartedTests {
    @Test(
        "Where there are devices each worker's process is waited for, whatever it was told",
        arguments: [true, false])
    func awaited(_ hasDevices: Bool) throws {
        var lab = try EdgeLab()
        lab.edge.hasDevices = hasDevices
        try joinAndLeave(&lab)
        try lab.turn()
        // Its process is this one, and lives.
        let departed = lab.edge.departed.end(1)
        #expect(departed?.process == (hasDevices ? getpid() : nil))
        #expect(lab.edge.departed.end(1) == nil)
    }

    private func joinAndLeave(_ lab: inout EdgeLab) throws {
        _ = try lab.join(.worker)
    }
}
