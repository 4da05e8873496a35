import SluiceEngine
import SluiceStore
import Testing

@testable import SluiceDaemon

@Suite("What the engine learned is kept as it is")
struct LearnedKeptTests {
    @Test("Nothing of it is lost, or taken for another, on its way into the store and back")
    func there() {
        let statistics = LearnedStatistics(
            weight: 1, n: 2, nn: 3, t: 4, nt: 5, squaredError: 6, batches: 7, batchCeiling: 8,
            memory: 9, memoryPerItem: 10)
        let learned = Learned(statistics)
        #expect(learned.batchCeiling == 8)
        #expect(learned.memory == 9 && learned.memoryPerItem == 10)
        #expect(LearnedStatistics(learned) == statistics)
        // What nobody has seen is kept as that.
        let nothing = LearnedStatistics(Learned())
        #expect(nothing.batchCeiling == nil && nothing.memory == nil)
        #expect(nothing.memoryPerItem == nil && Learned(nothing) == Learned())
    }
}
