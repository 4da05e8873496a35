import Foundation
import SluiceModel
import SluiceWire
import Testing

@testable import sluicectl

/// A directory that stands for `/`, and goes with the test.
private final class Root {
    let path: String

    init() throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "sluice-unit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.path()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static let dropIn = "/etc/systemd/system/sluice-worker@caption.service.d/50-devices.conf"
    static let environment = "/etc/sluice/workers/caption.env"

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: path + name).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    func write(_ name: String, _ text: String) throws {
        let directory = URL(filePath: path + name).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try text.write(toFile: path + name, atomically: true, encoding: .utf8)
    }

    func run(_ words: String...) throws {
        try WorkerUnitCommand.parse(["caption", "--json", "--root", path] + words).run()
    }

    func mode(_ name: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + name)
        return attributes[.posixPermissions] as? Int
    }
}

@Suite("sluicectl worker-unit")
struct WorkerUnitTests {
    @Test("A GPU brings what its vendor's libraries open, and no other GPU")
    func vendors() throws {
        let nvidia = ["/dev/nvidia0", "/dev/nvidiactl", "char-nvidia-uvm"]
        #expect(try DeviceNodes(["/dev/nvidia0"]).allowed == nvidia)
        #expect(try DeviceNodes(["/dev/nvidia0", "/dev/nvidiactl"]).allowed == nvidia)
        #expect(
            try DeviceNodes(["/dev/dri/renderD128"]).allowed == ["/dev/dri/renderD128", "/dev/kfd"])
        #expect(try DeviceNodes(["/dev/accel0"]).allowed == ["/dev/accel0"])
        #expect(try DeviceNodes(["/dev/nvidia-caps/nvidia-cap1"]).allowed.count == 1)
        #expect(try DeviceNodes([]).allowed == [])
    }

    @Test(
        "What is no device node is refused before anything is written",
        arguments: [
            "/dev", "/dev/", "nvidia0", "/dev/../etc/passwd", "/dev//x", "/dev/./x", "/dev/a b",
            "/dev/%i", "/dev/x\nDeviceAllow=/dev/sda", "/etc/passwd", "char-drm",
        ])
    func badNodes(_ path: String) throws {
        let root = try Root()
        #expect(throws: InputError.badNode(path)) { try root.run("--path", path) }
        #expect(root.text("/etc") == nil)
    }

    @Test("Where it looks at this machine, a file that is no device was not meant")
    func notADevice() throws {
        #expect(try DeviceNodes(["/dev/null"]).missing() == [])
        #expect(try DeviceNodes(["/dev/no-such-device"]).missing() == ["/dev/no-such-device"])
        #expect(throws: InputError.badNode("/dev/fd")) { try DeviceNodes(["/dev/fd"]).missing() }
    }

    @Test("It writes what the worker may open and is to ask for, again and with the same result")
    func writes() throws {
        let root = try Root()
        for _ in 1...2 {
            try root.run("--device", "gpu0", "--device", "50%", "--path", "/dev/accel0")
            #expect(
                root.text(Root.dropIn) == """
                    \(UnitFiles.mark), which writes it anew when it is said again.
                    # Other settings belong into a file of their own: \
                    systemctl edit sluice-worker@caption.service
                    [Service]
                    Environment="SLUICE_DEVICE=gpu0,50%%"
                    DevicePolicy=closed
                    DeviceAllow=
                    DeviceAllow=/dev/accel0 rw

                    """)
        }
        #expect(try root.mode(Root.dropIn) == 0o644)
        #expect(root.text(Root.environment) == nil)
        try root.run("--device", "none")
        let none = "\nEnvironment=\"SLUICE_DEVICE=none\"\nDevicePolicy=closed\nDeviceAllow=\n"
        #expect(root.text(Root.dropIn)?.hasSuffix(none) == true)
        try root.run("--path", "/dev/accel0")
        #expect(root.text(Root.dropIn)?.contains("SLUICE_DEVICE") == false)
    }

    @Test("The manual shows what it writes")
    func manual() throws {
        let unit = try #require(WorkerUnit(instance: "caption"))
        let written = UnitFiles.dropIn(
            for: unit, devices: ["gpu0"], try DeviceNodes(["/dev/nvidia0"]))
        let shown = written.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .joined(separator: "\n")
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "man/sluice-worker.7")
        #expect(try String(contentsOf: page, encoding: .utf8).contains(shown))
    }

    @Test("A file stays whose it is", .enabled(if: getuid() == 0))
    func owner() throws {
        let root = try Root()
        try root.write(Root.environment, "COMMAND=/old\n")
        #expect(chown(root.path + Root.environment, 4711, 4712) == 0)
        #expect(chmod(root.path + Root.environment, 0o640) == 0)
        try root.run("--command", "/new")
        var status = stat()
        #expect(stat(root.path + Root.environment, &status) == 0)
        #expect((status.st_uid, status.st_gid) == (4711, 4712))
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test("A command is written for root's eyes, and leaves the other lines as they were")
    func command() throws {
        let root = try Root()
        try root.run("--command", "/opt/m/python", "-m", "caption", "--json")
        #expect(root.text(Root.environment) == "COMMAND=/opt/m/python -m caption --json\n")
        #expect(try root.mode(Root.environment) == 0o600)
        #expect(root.text(Root.dropIn) == nil)
        let before = "# COMMAND=no\nHF_TOKEN='a\nCOMMAND=b'\n"
        try root.write(Root.environment, "\(before)COMMAND=\"/old \\\n x\" # y\nLAST=1")
        try root.run("--command", "--", "/new")
        #expect(root.text(Root.environment) == "\(before)COMMAND=/new\nLAST=1")
    }

    @Test("What others wrote is not overwritten")
    func foreign() throws {
        let root = try Root()
        try root.write(Root.dropIn, "[Service]\nDeviceAllow=/dev/nvidia1\n")
        for words in [["--device", "none"], ["--remove"]] {
            #expect(throws: ToolFailure.self) {
                try WorkerUnitCommand.parse(["caption", "--root", root.path] + words).run()
            }
        }
        #expect(root.text(Root.dropIn) == "[Service]\nDeviceAllow=/dev/nvidia1\n")
        for text in ["COMMAND=/a\nCOMMAND=/b\n", "A=\"open\n", "A=x\\"] {
            try root.write(Root.environment, text)
            #expect(throws: ToolFailure.self) { try root.run("--command", "/new") }
            #expect(root.text(Root.environment) == text)
        }
    }

    @Test("Removed, the worker is like every other, and its command stays")
    func removes() throws {
        let root = try Root()
        try root.run("--path", "/dev/nvidia0", "--command", "/opt/caption")
        try root.run("--remove")
        #expect(root.text(Root.dropIn) == nil)
        #expect(root.text(Root.environment) == "COMMAND=/opt/caption\n")
        let directory = URL(filePath: root.path + Root.dropIn).deletingLastPathComponent()
        #expect(!FileManager.default.fileExists(atPath: directory.path()))
        try root.run("--remove")
    }

    @Test("A dry run writes nothing")
    func dryRun() throws {
        let root = try Root()
        try root.run("--dry-run", "--path", "/dev/nvidia0", "--command", "/opt/caption")
        #expect(!FileManager.default.fileExists(atPath: root.path + "/etc"))
    }

    @Test(
        "Words that make no sense are refused",
        arguments: [
            (["a@b", "--device", "gpu0"], InputError.badInstance("a@b")),
            (["caption"], .nothingToWrite),
            (["caption", "--remove", "--device", "gpu0"], .removeIsAlone),
            (["caption", "--device", "none", "--device", "gpu0"], .noneIsAlone),
            (["caption", "--device", "gpu0,gpu1"], .badDevice("gpu0,gpu1")),
            (["caption", "--device", "gpu0", "--root", "/nonexistent"], .rootNeedsPaths),
            (["caption", "--device", "none", "--root", ""], .emptyRoot),
            (["caption", "--device", "any"], .badDevice("any")),
            (["caption", "--root", "/nonexistent", "--command", "--"], .noProgram),
            (
                ["caption", "--root", "/nonexistent", "--command", "./x"],
                .relativeProgram("./x")
            ),
            (
                [
                    "caption", "--root", "/nonexistent", "--command",
                    String(repeating: "x", count: 1 << 15),
                ], .longCommand
            ),
        ])
    func senseless(words: [String], error: InputError) throws {
        #expect(throws: error) { try WorkerUnitCommand.parse(words).run() }
    }

    @Test("The nodes of a device are the daemon's to tell; who names another hears what there is")
    func lookup() throws {
        var all = [
            Control.Device(device: "gpu0", kind: .nvidia),
            Control.Device(device: "tpu", kind: .generic),
        ]
        all[0].paths = ["/dev/nvidia1"]
        all[1].paths = ["/dev/accel0", "/dev/accel1"]
        #expect(
            try paths(of: ["tpu", "gpu0"]) { all } == [
                "/dev/accel0", "/dev/accel1", "/dev/nvidia1",
            ])
        #expect(
            throws: ToolFailure("there is no device 'gpu1'; there are: gpu0, tpu", .unknown)
        ) { try paths(of: ["gpu1"]) { all } }
        #expect(throws: ToolFailure("there is no device 'x'; there are: none", .unknown)) {
            try paths(of: ["x"]) { [] }
        }
    }

    @Test(
        "A device whose nodes nobody knows would be closed to its worker; a simulated one has none")
    func unknownNodes() throws {
        let text = "sluiced does not know the nodes of gpu0; name them: --path"
        for kind in [Control.DeviceKind.nvidia, .amd, .generic] {
            #expect(throws: ToolFailure(text, .failure)) {
                try paths(of: ["gpu0"]) { [Control.Device(device: "gpu0", kind: kind)] }
            }
        }
        #expect(
            try paths(of: ["gpu0"]) { [Control.Device(device: "gpu0", kind: .simulated)] } == [])
    }
}

@Suite("Files of environment variables")
struct EnvironmentTextTests {
    @Test(
        "A value is plain where it can be, else quoted",
        arguments: [
            ("/opt/python x.py --size \"very large\"", "/opt/python x.py --size \"very large\""),
            ("\"/opt/my models/x\"", "\"\\\"/opt/my models/x\\\"\""), ("$HOME `x`", "$HOME `x`"),
            ("a\\b $x", "\"a\\\\b \\$x\""), ("a\nb", "\"a\nb\""), ("a\rb", "\"a\rb\""),
            ("a\r\nb", "\"a\r\nb\""), ("", ""), ("a ", "\"a \""),
        ])
    func written(value: String, text: String) { #expect(EnvironmentText.written(value) == text) }

    @Test("Words keep together, whatever is in them")
    func words() {
        #expect(
            commandLine(["/a", "b c", "", "d\"e", "f\\g", "it's", "h\"\u{301}"]) == #"""
                /a "b c" "" "d\"e" "f\\g" "it's" "h\"\#u{301}"
                """#)
    }

    @Test(
        "A word that has the end of a line in it stays in its line",
        arguments: ["\n", "\r", "\r\n"])
    func keptWithin(end: String) throws {
        var text = EnvironmentText()
        try text.set("COMMAND", commandLine(["/x", "a\(end)LD_PRELOAD=/y"]))
        #expect(text.contains("COMMAND") && !text.contains("LD_PRELOAD"))
        try text.set("COMMAND", "/new")
        #expect(String(decoding: text.bytes, as: UTF8.self) == "COMMAND=/new\n")
    }

    @Test("A carriage return ends a line, as systemd has it")
    func carriageReturns() throws {
        var text = EnvironmentText(Array("# a\rA=1\rCOMMAND=/old\rB=2\r\nC=\rD='\r'\r".utf8))
        #expect(["A", "B", "C", "COMMAND", "D"].allSatisfy(text.contains))
        try text.set("COMMAND", "/x")
        try text.set("E", "3")
        #expect(
            String(decoding: text.bytes, as: UTF8.self)
                == "# a\rA=1\rCOMMAND=/x\rB=2\r\nC=\rD='\r'\rE=3\n")
    }

    @Test("A line is added behind one that has no end")
    func added() throws {
        var text = EnvironmentText(Array("A=1".utf8))
        try text.set("COMMAND", "/x")
        #expect(String(decoding: text.bytes, as: UTF8.self) == "A=1\nCOMMAND=/x\n")
        #expect(text.contains("A") && text.contains("COMMAND") && !text.contains("B"))
    }
}
