import Foundation
import Glibc
import SluiceDevices
import SluiceModel
import Testing

/// A machine of the test's own: a directory that is taken for the root of the file system, and a
/// copy of the library that stands in for NVML, which reads from a file beside it what there is.
/// A copy, because the library counts its calls and events, and each test counts its own.
final class Machine {
    let path: String

    init(_ state: String? = nil) throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/sluice-test-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/proc", withDestinationPath: "/proc")
        guard let state else { return }
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let built = tests.deletingLastPathComponent().appending(path: "libsluice-test-nvml.so")
        try FileManager.default.copyItem(atPath: built.path, toPath: nvml)
        try set(state)
    }

    var nvml: String { "\(path)/libnvidia-ml.so.1" }
    var simulation: String { "\(path)/simulated-devices" }

    /// What NVML finds from now on.
    func set(_ state: String) throws { try write("libnvidia-ml.so.1.state", state) }

    /// What simulated devices are like from now on.
    func simulate(_ state: String) throws { try write("simulated-devices", state) }

    /// A file, with the directories it lies in; whoever reads it sees it whole.
    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    func search(_ settings: [DeviceSettings] = []) -> DeviceSearch {
        var search = DeviceSearch(settings: settings, simulation: simulation)
        search.nvml = nvml
        search.root = path
        return search
    }

    /// How often the library was called.
    func calls() throws -> UInt {
        let library = try #require(dlopen(nvml, RTLD_NOW | RTLD_NOLOAD))
        defer { dlclose(library) }
        let symbol = try #require(dlsym(library, "test_nvml_calls"))
        return unsafeBitCast(symbol, to: (@convention(c) () -> UInt).self)()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A sampler, and what it said.
final class Looker {
    let sampler: DeviceSampler
    private var reports: [DeviceReport] = []

    init(_ search: DeviceSearch) throws {
        sampler = try DeviceSampler()
        try sampler.start(search)
    }

    /// What the first report gives that gives anything; those before it are dropped.
    func next<Answer>(_ read: (DeviceReport) -> Answer?) throws -> Answer {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(30)
        while clock.now < end {
            while !reports.isEmpty {
                if let answer = read(reports.removeFirst()) { return answer }
            }
            _ = isTold(within: .seconds(1))
        }
        throw Silence()
    }

    struct Silence: Error {}

    /// The reports up to the next list of devices, and that.
    func found() throws -> [DeviceDescription] {
        try next { report in
            guard case .found(let devices) = report else { return nil }
            return devices
        }
    }

    func sample(_ device: String = "gpu0") throws -> DeviceSample {
        try next { report in
            guard case .sampled(let readings) = report else { return nil }
            return readings.first { $0.device == device }?.sample
        }
    }

    func trouble(_ device: String = "gpu0") throws -> DeviceTrouble {
        try next { report in
            guard case .troubled(device, let trouble) = report else { return nil }
            return trouble
        }
    }

    func note() throws -> String {
        try next { report in
            guard case .note(let note) = report else { return nil }
            return note
        }
    }

    /// All that was said until a look that is asked for now is over, the list left out.
    func sayings() throws -> [DeviceReport] {
        sampler.lookAgain()
        var said: [DeviceReport] = []
        _ = try next { report in
            if case .found = report { return true }
            said.append(report)
            return nil
        }
        return said
    }

    /// Whether nothing at all comes for so long.
    func isSilent(for time: Duration) -> Bool { reports.isEmpty && !isTold(within: time) }

    private func isTold(within time: Duration) -> Bool {
        var bell = pollfd(fd: sampler.number, events: Int16(POLLIN), revents: 0)
        let isReady = poll(&bell, 1, CInt(time.components.seconds * 1000)) > 0
        sampler.take(into: &reports)
        return isReady
    }
}
