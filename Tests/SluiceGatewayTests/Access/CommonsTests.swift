import SluiceGateway
import Testing

@Suite("What all share")
struct CommonsTests {
    /// Whether each was let have what it asked for, one after the other.
    private func took(
        _ asked: [(Int, Holder)], of commons: inout Commons<Holder>
    ) -> [Bool] {
        asked.map { amount, holder in commons.take(amount, for: holder) }
    }

    private let ann = Holder.address("a")
    private let bob = Holder.address("b")

    @Test("Who is alone has half of it at most, and a newcomer finds the other")
    func alone() {
        var commons = Commons<Holder>(limit: 100)
        #expect(took([(50, ann), (1, ann)], of: &commons) == [true, false])
        #expect(commons.part(of: ann) == 50 && commons.used == 50)
        #expect(took([(25, bob), (1, bob)], of: &commons) == [true, false])
    }

    @Test("However many crowd in, who has nothing finds some", arguments: [2, 5, 20])
    func crowd(of holders: Int) {
        var commons = Commons<Int>(limit: 1000)
        var isTaken = true
        while isTaken {
            isTaken = false
            for holder in 0..<holders where commons.take(1, for: holder) { isTaken = true }
        }
        for holder in 0..<holders {
            #expect(abs(commons.part(of: holder) - 1000 / (holders + 1)) <= 1)
        }
        let hasRoom = commons.take(1, for: holders)
        #expect(hasRoom)
    }

    @Test("Who has much may have no more when others came, and keeps what it has")
    func shrunk() {
        var commons = Commons<Holder>(limit: 100)
        #expect(took([(40, ann), (30, bob), (1, ann)], of: &commons) == [true, true, false])
        #expect(commons.part(of: ann) == 40)
        commons.giveBack(30, of: bob)
        #expect(took([(10, ann)], of: &commons) == [true])
    }

    @Test("What is given back is there again, and nobody is remembered for it")
    func givenBack() {
        var commons = Commons<Holder>(limit: 10)
        #expect(took([(5, .unknown)], of: &commons) == [true])
        commons.giveBack(2, of: .unknown)
        #expect(commons.part(of: .unknown) == 3 && commons.used == 3)
        commons.giveBack(3, of: .unknown)
        #expect(commons == Commons(limit: 10))
    }

    @Test("What is there already counts, though it is more than its holder may have")
    func counted() {
        var commons = Commons<Holder>(limit: 100)
        commons.charge(120, to: ann)
        #expect(took([(1, ann), (1, bob), (0, bob)], of: &commons) == [false, false, true])
        commons.giveBack(80, of: ann)
        #expect(took([(1, ann), (30, bob)], of: &commons) == [true, false])
    }

    @Test("Nothing is always to be had")
    func nothing() {
        var commons = Commons<Holder>(limit: 0)
        #expect(took([(0, ann), (1, ann)], of: &commons) == [true, false])
    }

    @Test("Who was charged with more than it may have takes no more until it has less")
    func charged() {
        var commons = Commons<Holder>(limit: 100)
        commons.charge(120, to: ann)
        #expect(commons.used == 120 && commons.most(for: ann) == 50)
        #expect(took([(1, ann), (1, bob), (0, ann)], of: &commons) == [false, false, false])
        commons.giveBack(80, of: ann)
        #expect(took([(10, ann), (1, ann), (25, bob)], of: &commons) == [true, false, true])
        commons.giveBack(50, of: ann)
        commons.giveBack(25, of: bob)
        #expect(commons == Commons(limit: 100))
    }
}
