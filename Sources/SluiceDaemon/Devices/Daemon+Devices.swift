import Glibc
import SluiceModel
import SluiceSystem

// Devices are found before the first peer is taken, so that whoever comes back finds those that
// it has. A driver that takes longer than this is not waited for: its devices come when they do.

extension Daemon {
    private static var patience: CInt { 5000 }

    mutating func findDevices() throws(SystemError) {
        try loop.add(deviceWatch.number, token: Token.devices.loopToken, interest: .read)
        try deviceWatch.search()
        var ready = pollfd(fd: deviceWatch.number, events: Int16(POLLIN), revents: 0)
        while !deviceWatch.areKnown || deviceWatch.isGlancing, poll(&ready, 1, Self.patience) > 0 {
            takeDeviceReports(at: Loop.now())
        }
        guard !deviceWatch.areKnown else { return }
        report.say(.deviceNote("a driver of devices does not answer; they come when it does"))
    }

    mutating func takeDeviceReports(at now: Instant) {
        let (events, notes) = deviceWatch.take(at: now)
        edge.intake.events.append(events)
        edge.hasDevices = edge.hasDevices || deviceWatch.hasDevices
        for note in notes { report.say(.deviceNote(note)) }
    }

    /// The configuration was read again. A thread that cannot be started was started before.
    mutating func configureDevices(_ configuration: CheckedConfiguration) {
        do throws(SystemError) {
            try deviceWatch.configure(configuration)
        } catch {
            report.say(.deviceNote("devices are not looked for again: \(error)"))
        }
    }
}
