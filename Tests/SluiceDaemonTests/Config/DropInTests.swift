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
