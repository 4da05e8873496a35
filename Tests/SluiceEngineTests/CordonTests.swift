import SluiceEngine
import SluiceModel
import Testing

@Suite("Cordons: nothing new starts on a device that is lost, sick, hot or hung on")
struct CordonTests {
    private func lab(uncordonAfter: Duration?? = nil) -> Lab {
        var lab = Lab.withDevices(2) { configuration in
            var settings = DeviceSettings(name: "gpu0")
            settings.maxTemperature = .at(90)
            settings.uncordonAfter = uncordonAfter
            configuration.devices = [settings]
        }
        lab.lease(worker: 1, "A")
        lab.lease(worker: 2, "A")
        return lab
    }

    private func reasons(_ lab: borrowing Lab) -> [String] {
        lab.device("gpu0")?.cordons.map(\.cordon.kind) ?? []
    }

    @Test("An operator cordons and uncordons, and places follow at once")
    func byOperator() {
        var lab = lab()
        lab.command(.cordon(device: "gpu0", reason: "a new fan"))
        #expect(lab.queue("gpu")?.concurrencyLimit == .at(1))
        lab.submit("A", "A")
        #expect(lab.grantees == [2])
        lab.command(.cordon(device: "gpu1", reason: ""))
        #expect(lab.explain(.number(2))?.blocker == .device)
        #expect(lab.explain(.number(2))?.message.contains("a new fan") == true)
        lab.command(.uncordon(device: "gpu0"))
        // What runs on gpu1 still has the one place that there is.
        lab.finish(.number(1))
        #expect(lab.grantees == [2, 1])
        #expect(
            lab.command(.cordon(device: "gpu9", reason: "")) == .refused(.unknownDevice("gpu9")))
    }

    @Test("What a command does is told apart from what happens by itself, and each reason anew")
    func notices() {
        var lab = lab()
        lab.command(.cordon(device: "gpu0", reason: "a"))
        lab.command(.cordon(device: "gpu0", reason: "a"))
        lab.command(.cordon(device: "gpu0", reason: "b"))
        lab.see("gpu0", DeviceSample(temperature: 95))
        lab.see("gpu0", DeviceSample(temperature: 96))
        lab.command(.uncordon(device: "gpu0"))
        lab.turn([.deviceTroubled("gpu0", .fault("Xid 48"))])
        lab.advance(by: .seconds(61))
        let told = lab.effects.compactMap { effect -> String? in
            switch effect {
            case .notice(.deviceCordoned(_, let cordon, let isCommanded)):
                "\(cordon.kind): \(cordon.reason)\(isCommanded ? ", by command" : "")"
            case .notice(.deviceUncordoned(_, let isCommanded)):
                "back\(isCommanded ? ", by command" : "")"
            default: nil
            }
        }
        #expect(
            told == [
                "operator: a, by command", "operator: b, by command", "hot: it runs at 95 °C",
                "back, by command", "fault: Xid 48", "back",
            ])
    }

    @Test("A cordon of a device that nobody finds any more can be taken back")
    func absent() {
        var lab = Lab()
        lab.turn([.restored(.cordon(device: "gpu0", reason: "broken"))])
        #expect(lab.command(.uncordon(device: "gpu0")) == .refused(.deviceLost("gpu0")))
        #expect(lab.command(.uncordon(device: "gpu0")) == .refused(.unknownDevice("gpu0")))
        lab.turn([.devicesFound([.simulated(0)])])
        #expect(reasons(lab) == [])
    }

    @Test("A queue that is full because its devices are says so, and what gives it more places")
    func full() {
        var lab = lab()
        lab.submit("A", "A", "A")
        #expect(lab.explain(.number(3))?.blocker == .concurrencyLimit)
        #expect(lab.explain(.number(3))?.message.contains("2 of 2 batches, the places") == true)
        #expect(lab.explain(.number(3))?.remedy.contains("set gpu per_device_limit=N") == true)
        lab.command(.set(.queue("gpu"), [.concurrencyLimit(.at(2))]))
        #expect(lab.explain(.number(3))?.remedy.contains("concurrency_limit=N") == true)
    }

    @Test("How old a sample is can be told, and that there is none")
    func age() {
        var lab = lab()
        #expect(lab.device("gpu0")?.sampleAge == nil)
        lab.see("gpu0", DeviceSample(used: 1))
        lab.advance(by: .seconds(7))
        #expect(lab.device("gpu0")?.sampleAge == .seconds(7))
    }

    @Test("What runs on a device that an operator cordons goes on")
    func goesOn() {
        var lab = lab()
        lab.submit("A")
        lab.start(.number(1))
        lab.command(.cordon(device: "gpu0", reason: ""))
        #expect(lab.dismissals.isEmpty)
        lab.finish(.number(1))
        #expect(lab.code(of: .number(1)) == .ok)
    }

    @Test("A cordon of an operator is in force before the device is found again")
    func kept() {
        var lab = Lab()
        lab.turn([.restored(.cordon(device: "gpu0", reason: "broken"))])
        lab.turn([.devicesFound([.simulated(0)])])
        #expect(reasons(lab) == ["operator"])
    }

    @Test("A fault dismisses who runs there, and its work runs elsewhere")
    func fault() {
        var lab = lab()
        lab.submit("A", "A")
        lab.start(.number(1), .number(2))
        lab.turn([.deviceTroubled("gpu0", .fault("Xid 79: GPU has fallen off the bus"))])
        #expect(reasons(lab) == ["fault"])
        #expect(lab.dismissals == ["Xid 79: GPU has fallen off the bus on device gpu0"])
        lab.end(worker: 1)
        lab.finish(.number(2))
        lab.start(.number(1))
        lab.finish(.number(1))
        #expect(lab.code(of: .number(1)) == .ok)
        #expect(lab.grantees == [1, 2, 2])
    }

    @Test("A fault is over when there was no other for long enough")
    func faultEnds() {
        var lab = lab()
        lab.turn([.deviceTroubled("gpu0", .fault("Xid 48"))])
        lab.advance(by: .seconds(40))
        lab.turn([.deviceTroubled("gpu0", .fault("Xid 48"))])
        lab.advance(by: .seconds(40))
        #expect(reasons(lab) == ["fault"])
        lab.advance(by: .seconds(21))
        #expect(reasons(lab) == [])
    }

    @Test("With uncordon_after = none only an operator gives it back")
    func never() {
        var lab = lab(uncordonAfter: .some(nil))
        lab.turn([.deviceTroubled("gpu0", .fault("Xid 48"))])
        lab.advance(by: .seconds(3600))
        #expect(reasons(lab) == ["fault"])
        lab.command(.uncordon(device: "gpu0"))
        #expect(reasons(lab) == [])
    }

    @Test("A hot device gets nothing new until it has been cool for a while")
    func hot() {
        var lab = lab()
        lab.submit("A")
        lab.start(.number(1))
        lab.see("gpu0", DeviceSample(temperature: 90))
        #expect(reasons(lab) == ["hot"])
        // What runs goes on: it comes to a good end, and is what heat comes from.
        #expect(lab.dismissals.isEmpty)
        lab.finish(.number(1))
        lab.see("gpu0", DeviceSample(temperature: 87))
        lab.advance(by: .seconds(61))
        #expect(reasons(lab) == ["hot"])
        lab.see("gpu0", DeviceSample(temperature: 85))
        lab.advance(by: .seconds(61))
        #expect(reasons(lab) == [])
    }

    @Test("A lost device takes its workers with it, idle ones, too, and is back when it is found")
    func lost() {
        var lab = lab()
        lab.turn([.deviceTroubled("gpu0", .lost("GPU is lost"))])
        #expect(lab.dismissals == ["device gpu0 is lost: GPU is lost"])
        #expect(lab.command(.uncordon(device: "gpu0")) == .refused(.deviceLost("gpu0")))
        lab.end(worker: 1)
        lab.turn([.devicesFound([.simulated(0), .simulated(1)])])
        lab.advance(by: .seconds(61))
        #expect(reasons(lab) == [])
    }

    @Test("What was declared and is not any more is forgotten")
    func forgotten() {
        var lab = Lab.withDevices(2)
        lab.turn([.devicesFound([.simulated(1)])])
        #expect(lab.deviceViews.map(\.description.name) == ["gpu1"])
    }

    @Test("A worker that does not stop has its device cordoned until its process is gone")
    func hung() {
        var lab = lab()
        lab.submit("A")
        lab.start(.number(1))
        lab.cancel(.number(1))
        lab.advance(by: .seconds(31))
        #expect(reasons(lab) == ["hung"])
        lab.die(worker: 1)
        #expect(reasons(lab) == ["hung"])
        lab.turn([.processEnded(1, of: WorkerID(rawValue: 1))])
        #expect(reasons(lab) == [])
    }

    @Test("Devices are looked at while somebody uses them, and a little longer")
    func sampling() {
        var lab = Lab.withDevices(2)
        #expect(lab.sampled == nil)
        lab.lease(worker: 1, "A")
        #expect(lab.sampled == ["gpu0"])
        lab.end(worker: 1)
        #expect(lab.sampled == ["gpu0"])
        lab.advance(by: .seconds(11))
        #expect(lab.sampled == [])
        #expect(lab.nextDeadline == nil)
    }
}
