import Testing

@testable import SluiceGateway

@Suite("What values take in memory")
struct WeightTests {
    @Test(
        "It is many times their text where that says little, and about their text where it is text")
    func weights() throws {
        let empty = try Value(json: Array(("[" + "[],".repeated(9999) + "[]]").utf8))
        #expect(160_000..<200_000 ~= empty.weight)
        let objects = try Value(json: Array(("[" + "{\"\":0},".repeated(9999) + "{}]").utf8))
        #expect(objects.weight > 20 * 80_000)
        let text = Value.string("a".repeated(100_000))
        #expect(100_000..<100_100 ~= text.weight)
        #expect(Value.null.weight == 16)
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
