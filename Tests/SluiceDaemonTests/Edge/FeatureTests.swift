import SluiceModel
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

    @Test("LEAVE is for a daemon that offered it")
    func leaving() throws {
        var lab = try EdgeLab()
        for isOffered in [true, false] {
            lab.edge.intake.keepsDetached = isOffered
            let peer = try lab.join()
            try peer.send { out in
                ClientRequest.leave(RequestNumber(rawValue: 9)).encode(into: &out)
            }
            try lab.turn()
            // Of what is not live it is ignored.
            #expect(try peer.next()?.kind == (isOffered ? nil : .error))
            peer.close()
        }
    }
}
