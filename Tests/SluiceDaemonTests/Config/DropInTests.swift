import Foundation
import Testing

@testable import SluiceDaemon

@Suite("Drop-ins")
struct DropInTests {
    @Test("A later file's key wins; tables merge key by key, lists are replaced")
    func merge() throws {
        let checked = try check(
            """
            [daemon]
            max_running = 4
            max_size = 9
            [function.sdxl]
            batch = true
            max_batch_size = 8
            allow_users = ["alice"]
            """,
            """
            [daemon]
            max_running = 2
            [function.sdxl]
            max_batch_size = 16
            allow_users = ["bob"]
            [function.new]
            """)
        #expect(checked.engine.daemon.maxRunning == .at(2))
        #expect(checked.engine.daemon.maxSize == .at(9))
        let sdxl = try #require(checked.engine.functions["sdxl"])
        #expect(sdxl.batch == true)
        #expect(sdxl.maxBatchSize == 16)
        #expect(sdxl.allowUsers == [1002])
        #expect(checked.engine.functions.keys.sorted() == ["new", "sdxl"])
    }

    @Test("A device of a later file is that of the same name, with its keys put over it")
    func devices() throws {
        let checked = try check(
            """
            [[device]]
            name = "tpu0"
            kind = "generic"
            paths = ["/dev/accel0"]
            memory = "8GiB"
            [[device]]
            name = "gpu0"
            uncordon_after = "5min"
            """,
            """
            [[device]]
            name = "gpu0"
            uncordon_after = "none"
            [[device]]
            name = "fast"
            identity = "GPU-1"
            [[device]]
            name = "tpu0"
            paths = ["/dev/accel1"]
            """)
        #expect(checked.engine.devices.map(\.name) == ["fast", "gpu0", "tpu0"])
        let tpu = try #require(checked.engine.devices.last)
        #expect(tpu.kind == .generic)
        #expect(tpu.paths == ["/dev/accel1"])
        #expect(tpu.memory == 8 << 30)
        #expect(checked.engine.devices[1].uncordonAfter == .some(nil))
        #expect(checked.engine.devices[0].uncordonAfter == nil)
    }

    @Test("A contradiction of a device across files is placed where the contradicting key stands")
    func contradictingDevice() {
        let all = complaints(
            about: "[[device]]\nname = \"gpu0\"\n\n[[device]]\nname = \"sim\"\nmemory = 1\n",
            "[[device]]\nname = \"sim\"\nkind = \"nvidia\"\nidentity = \"GPU-1\"\n")
        #expect(
            all == [
                "sluiced.toml:6: device.sim.memory: only of kind = \"generic\" or \"simulated\": "
                    + "of others it is found out"
            ])
    }

    @Test("More devices than may be known are refused, and more than a queue may name")
    func tooManyDevices() {
        let text = (0...64).map { "[[device]]\nname = \"gpu\($0)\"\n" }.joined()
        #expect(
            complaints(about: text) == [
                "sluiced.toml:1: device: 65 devices; at most 64 may be known"
            ])
        let names = (0...64).map { "\"gpu\($0)\"" }.joined(separator: ", ")
        #expect(
            complaints(about: "[queue.x]\ndevices = [\(names)]") == [
                "sluiced.toml:2: queue.x.devices: expected \"all\", \"none\" or a list of 1 to 64 "
                    + "names of devices, found a list; it has 65"
            ])
    }

    @Test("Every file's problems are reported, in order, whatever is wrong with the others")
    func allProblems() {
        let all = complaints(
            about: "[daemon]\nmax_runing = 1\nmax_size = -1\n", "oops\n",
            "[function.sdxl]\nretry = 1\n[queue.gpu]\nmax_wait = 3\n")
        #expect(
            all.map { $0.prefix { $0 != " " } } == [
                "sluiced.toml:2:", "sluiced.toml:3:", "1.toml:1:5:", "2.toml:2:", "2.toml:4:",
            ])
    }

    @Test("A contradiction across files is placed where the contradicting key stands")
    func contradiction() {
        let all = complaints(
            about: "[function.sdxl]\nmax_batch_size = 8\n", "[function.sdxl]\nbatch = false\n")
        #expect(
            all == [
                "sluiced.toml:2: function.sdxl.max_batch_size: "
                    + "8 contradicts batch = false, which makes batches of 1"
            ])
    }

    @Test("A value that is wrong and overridden is still wrong")
    func overriddenError() {
        #expect(complaints(about: "daemon.max_size = -1", "daemon.max_size = 1").count == 1)
    }

    @Test("More functions than may be known are refused")
    func tooManyFunctions() {
        let text = (0...(1 << 14)).map { "f\($0) = {}\n" }.joined()
        #expect(
            complaints(about: "[function]\n" + text) == [
                "sluiced.toml:1: function: 16385 functions; at most 16384 may be known"
            ])
    }
}
