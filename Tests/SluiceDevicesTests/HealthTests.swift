import SluiceDevices
import SluiceModel
import Testing

@Suite struct HealthTests {
    @Test("A fault that the driver tells arrives at once, however seldom samples are taken")
    func fault() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .seconds(3600))
        _ = try looker.sample()
        let clock = ContinuousClock()
        let begin = clock.now
        try machine.set(NvidiaTests.two + "xid 1 48\n")
        #expect(try looker.trouble("gpu1") == .fault("Xid 48: double-bit ECC error"))
        // Milliseconds where the machine is not busy.
        #expect(clock.now - begin < .seconds(5))
        try machine.set(NvidiaTests.two + "xid 1 48\necc 0\nxid 0 9999\n")
        #expect(try looker.trouble() == .fault("double-bit ECC error"))
        #expect(try looker.trouble() == .fault("Xid 9999"))
    }

    @Test("A program's errors are not the device's")
    func programs() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .seconds(3600))
        _ = try looker.sample()
        let programs = [13, 31, 43, 45, 68, 69, 94, 109].map { "xid 0 \($0)\n" }.joined()
        // They happen in order, so that nothing was said of them when the last one is.
        try machine.set(NvidiaTests.two + programs + "xid 0 79\n")
        let first = try looker.next { report -> DeviceTrouble? in
            guard case .troubled(_, let trouble) = report else { return nil }
            return trouble
        }
        #expect(first == .lost("Xid 79: GPU has fallen off the bus"))
    }

    @Test("A device that is watched besides others is looked at at once")
    func oneMore() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(["gpu0"], every: .seconds(3600))
        _ = try looker.sample("gpu0")
        looker.sampler.watch(["gpu0", "gpu1"], every: .seconds(3600))
        _ = try looker.sample("gpu1")
    }

    @Test("What happens at rest is told with the next watch, and without one nobody asks")
    func rest() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .milliseconds(10))
        _ = try looker.sample()
        looker.sampler.rest()
        // A look ends the wait for events, and comes after the rest.
        _ = try looker.sayings()
        let calls = try machine.calls()
        try machine.set(NvidiaTests.two + "xid 0 48\n")
        #expect(looker.isSilent(for: .seconds(1)))
        #expect(try machine.calls() == calls)

        looker.sampler.watch(every: .seconds(3600))
        #expect(try looker.trouble() == .fault("Xid 48: double-bit ECC error"))
    }

    @Test("A device that is lost has no samples until it is found again, under its name")
    func loss() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .milliseconds(10))
        _ = try looker.sample()
        try machine.set(NvidiaTests.two + "lost 0\n")
        #expect(try looker.trouble() == .lost("NVML: GPU is lost"))
        _ = try looker.sample("gpu1")

        // It is not in the driver's list any more, and the other is first.
        try machine.set("gpu GPU-bbbb NVIDIA_H200 4 150000000000 77 0 30\n")
        looker.sampler.lookAgain()
        #expect(try looker.found().map(\.name) == ["gpu1"])
        #expect(try looker.trouble() == .lost("it is not found any more"))
        while try looker.sample("gpu1").used != 77 {}

        try machine.set(NvidiaTests.two)
        looker.sampler.lookAgain()
        #expect(try looker.found().map(\.name) == ["gpu0", "gpu1"])
        #expect(try looker.sample().used == 4000)
        // And its faults are heard again.
        try machine.set(NvidiaTests.two + "xid 0 48\n")
        #expect(try looker.trouble() == .fault("Xid 48: double-bit ECC error"))
    }

    @Test("A device that is lost before it is looked for takes no other's name")
    func lostAtStart() throws {
        let machine = try Machine(NvidiaTests.two + "lost 0\n")
        let looker = try Looker(machine.search())
        #expect(try looker.found().map(\.name) == ["gpu1"])
        #expect(try looker.note().contains("the NVIDIA device with index 0 is not used"))
    }

    @Test("A device that wants a reset says so with each sample")
    func reset() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        #expect(try looker.found().count == 2)
        try machine.set(NvidiaTests.two + "reset 1\n")
        looker.sampler.watch(every: .milliseconds(10))
        for _ in 1...3 {
            #expect(try looker.trouble("gpu1") == .fault("NVML: GPU requires reset"))
        }
        try machine.set(NvidiaTests.two)
        _ = try looker.sample("gpu1")
    }

    @Test("A driver that hangs holds nobody up, and what is wished meanwhile is done afterwards")
    func hang() throws {
        let machine = try Machine(NvidiaTests.two)
        let looker = try Looker(machine.search())
        looker.sampler.watch(every: .milliseconds(10))
        _ = try looker.sample()
        try machine.set(NvidiaTests.two + "hang\n")
        let calls = try machine.calls()
        for _ in 1...10_000 {
            looker.sampler.watch(["gpu0"], every: .milliseconds(10))
            looker.sampler.lookAgain()
        }
        #expect(try machine.calls() < calls + 10)
        try machine.set("gpu GPU-cccc NVIDIA 0 1000 0 0 0\n")
        while try looker.found().map(\.name) != ["gpu2"] {}

        try machine.set("hang\n")
        looker.sampler.stop()
        // So that the thread does not look for ever.
        try machine.set("")
    }
}
