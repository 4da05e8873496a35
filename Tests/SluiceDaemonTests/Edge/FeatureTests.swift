import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("What peers understand")
struct FeatureTests {
    @Test("The engine hears of each worker whether it heeds the devices that it is given")
    func devices() throws {
        var lab = try EdgeLab()
        let without = try lab.join(.worker, [.pausing])
        let with = try lab.join(.worker, [.devices])
        let later = Features(rawValue: 1 << 40)
        let both = try lab.join(.worker, [.pausing, .devices, later])
        #expect(lab.heeding == [false, true, true])
        for peer in [without, with, both] { peer.close() }
    }
}
