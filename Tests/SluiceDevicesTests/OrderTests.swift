import SluiceModel
import Testing

@testable import SluiceDevices

@Suite struct OrderTests {
    @Test("A loop that is late is not told more than it can use")
    func lateLoop() throws {
        let box = try ReportBox()
        for number in 1...1000 { box.post(.troubled(device: "gpu0", .fault("Xid \(number)"))) }
        #expect(box.takesSamples)
        box.post(.sampled([]))
        #expect(!box.takesSamples)
        box.post(.note("dropped"))
        box.post(.found([]))
        var taken: [DeviceReport] = []
        box.take(into: &taken)
        #expect(taken.count == ReportBox.bound + 2)
        #expect(taken.suffix(2) == [.sampled([]), .found([])])
        #expect(box.takesSamples)
        box.post(.note("taken again"))
        box.take(into: &taken)
        #expect(taken.last == .note("taken again"))
    }

    @Test("What is asked takes the place of what it makes needless, and of nothing else")
    func replacement() {
        let search = DeviceOrder.search(DeviceSearch())
        let watch = DeviceOrder.watch(nil, .seconds(1))
        let all = [search, .look, watch, .rest, .stop]
        func replaced(by later: DeviceOrder) -> [DeviceOrder] {
            all.filter { $0.isReplaced(by: later) }
        }
        #expect(replaced(by: search) == [search, .look])
        #expect(replaced(by: .look) == [.look])
        #expect(replaced(by: watch) == [watch, .rest])
        #expect(replaced(by: .rest) == [watch, .rest])
        #expect(replaced(by: .stop) == all)
    }

    @Test("Of the common Xids the text says what they mean")
    func texts() {
        #expect(Xid(number: 79).text == "Xid 79: GPU has fallen off the bus")
        #expect(Xid(number: 95).trouble == .fault("Xid 95: uncontained memory error"))
        #expect(Xid(number: 4000).trouble == .fault("Xid 4000"))
        #expect(Xid(number: 63).trouble == nil)
    }
}
