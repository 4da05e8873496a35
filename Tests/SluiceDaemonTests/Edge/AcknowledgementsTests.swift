import SluiceModel
import Testing

@testable import SluiceDaemon

@Suite struct AcknowledgementsTests {
    private let one = GrantID(rawValue: 1)
    private let two = GrantID(rawValue: 2)

    @Test("A batch whose answers all went out is acknowledged in one word")
    func whole() {
        var acknowledgements = Acknowledgements()
        acknowledgements.open(one, count: 3)
        for item in [2, 0, 1] { acknowledgements.add(item, of: one) }
        #expect(acknowledgements.said() == ["1 all"])
        #expect(acknowledgements.isEmpty)
        #expect(acknowledgements.said().isEmpty)
    }

    @Test("What is acknowledged by and by is said item by item")
    func parts() {
        var acknowledgements = Acknowledgements()
        acknowledgements.open(one, count: 3)
        acknowledgements.add(0, of: one)
        #expect(acknowledgements.said() == ["1 0"])
        acknowledgements.add(1, of: one)
        acknowledgements.add(2, of: one)
        #expect(acknowledgements.said() == ["1 1", "1 2"])
    }

    @Test("Grants are told apart, one of another connection is said item by item")
    func several() {
        var acknowledgements = Acknowledgements()
        acknowledgements.open(one, count: 1)
        acknowledgements.add(0, of: one)
        acknowledgements.add(0, of: two)
        acknowledgements.add(1, of: two)
        #expect(acknowledgements.said() == ["1 all", "2 0", "2 1"])
    }

    @Test("A worker that repeats an answer is not told to forget one that it did not give")
    func repeated() {
        var acknowledgements = Acknowledgements()
        acknowledgements.open(one, count: 2)
        acknowledgements.add(0, of: one)
        acknowledgements.add(0, of: one)
        #expect(acknowledgements.said() == ["1 0", "1 0"])
        acknowledgements.open(one, count: 1)
        acknowledgements.add(5, of: one)
        #expect(acknowledgements.said() == ["1 5"])
        acknowledgements.open(two, count: 130)
        for item in 0..<129 { acknowledgements.add(item, of: two) }
        acknowledgements.add(128, of: two)
        #expect(!acknowledgements.said().contains("2 all"))
    }
}

extension Acknowledgements {
    fileprivate mutating func said() -> [String] {
        var said: [String] = []
        drain { grant, item in said.append("\(grant) \(item.map { "\($0)" } ?? "all")") }
        return said
    }
}
