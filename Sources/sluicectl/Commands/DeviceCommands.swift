import ArgumentParser
import SluiceClient
import SluiceWire

struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "All devices, how they are and what is free of them.",
        usage: "sluicectl devices [--names]")
    @OptionGroup var options: CommonOptions
    @Flag(help: "Print names only.") var names = false

    func run() throws {
        let devices = try options.ask { control throws(ClientError) in try control.devices() }
        if names { return printNames(devices.map(\.device)) }
        Terminal.print(
            options.json ? jsonList(devices) : devicesText(devices, style: Terminal.style))
    }
}

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "One device: whose its memory is, and who is on it.",
        usage: "sluicectl device DEVICE")
    @OptionGroup var options: CommonOptions
    @Argument(help: "The device's name.", completion: Completions.devices)
    var device: String

    func run() throws {
        let devices = try options.ask { control throws(ClientError) in
            try control.devices(device)
        }
        for device in devices {
            Terminal.print(
                options.json ? jsonLine(device) : deviceText(device, style: Terminal.style))
        }
    }
}

struct CordonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon", abstract: "Start nothing more on a device.",
        usage: "sluicectl cordon DEVICE [REASON ...] [--runtime]")
    @OptionGroup var options: CommonOptions
    @Argument(help: "The device's name.", completion: Completions.devices)
    var device: String
    @Argument(help: "Why, for whoever looks at it.")
    var reason: [String] = []
    @Flag(help: "Forget the change when the daemon restarts.")
    var runtime = false

    func run() throws {
        let reason = reason.isEmpty ? nil : reason.joined(separator: " ")
        _ = try options.ask { control throws(ClientError) in
            try control.call(
                Control.Cordon(device: device, reason: reason, runtime: runtime ? true : nil))
        }
        Terminal.print(
            options.json
                ? jsonLine(CordonedDevice(device: device, reason: reason))
                : "device \(visible(device)) is cordoned: what runs there goes on, "
                    + "and nothing starts.\n")
    }
}

/// What `--json` says of a cordon.
private struct CordonedDevice: Encodable {
    let device: String
    @Nullable var reason: String?
}

struct UncordonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncordon", abstract: "Use devices again.",
        usage: "sluicectl uncordon DEVICE ... [--runtime]")
    @OptionGroup var options: CommonOptions
    @Argument(help: "Devices, by name.", completion: Completions.devices)
    var devices: [String]
    @Flag(help: "Forget the change when the daemon restarts.")
    var runtime = false

    func run() throws {
        var failures: [ToolFailure] = []
        try options.ask { control throws(ClientError) in
            for device in devices {
                do throws(ClientError) {
                    try uncordon(device, control)
                } catch .refused(let error) where error.isAboutOneDevice {
                    failures.append(ToolFailure(error))
                }
            }
        }
        guard let failure = ToolFailure(all: failures) else { return }
        throw failure
    }

    private func uncordon(
        _ device: String, _ control: ControlConnection
    ) throws(ClientError) {
        _ = try control.call(Control.Uncordon(device: device, runtime: runtime ? true : nil))
        Terminal.print(
            options.json
                ? jsonLine(["device": device]) : "device \(visible(device)) is used again.\n")
    }
}

extension ControlError {
    /// Whether another device may be given back where this one was not.
    fileprivate var isAboutOneDevice: Bool {
        switch self {
        case .unknownDevice, .deviceLost: true
        default: false
        }
    }
}
