import SluiceModel
import Testing

@testable import SluiceGateway

@Suite("Who gets room for files, and whose files go for that")
struct UploadRoomTests {
    /// Files by their numbers, and who has them.
    private struct Table {
        var uploads: Uploads<Int>
        var now = Instant(nanoseconds: 1_000_000_000_000)
        private var paths: [Int: UploadPath] = [:]

        init(limit: Int) { uploads = Uploads(limit: limit) }

        mutating func add(
            _ number: Int, of holder: Holder, size: Int = 1, isAnswer: Bool = false
        ) throws(Refusal) {
            paths[number] = try uploads.add(
                number, of: holder, size: size, isAnswer: isAnswer, at: now)
        }

        mutating func wait(_ seconds: Int) { now = now + .seconds(seconds) }

        /// Whether it is there; that is a use of it.
        mutating func has(_ number: Int) -> Bool {
            guard let path = paths[number] else { return false }
            return uploads.use(path, at: now) != nil
        }
    }

    private let ann = Holder.address("a")
    private let bob = Holder.address("b")
    private let eve = Holder.address("c")

    @Test("Who is alone may have all of it")
    func alone() throws {
        var table = Table(limit: 100)
        for number in 0..<4 { try table.add(number, of: ann, size: 25) }
        #expect(table.uploads.bytes == 100)
        #expect(throws: Refusal.self) { try table.add(4, of: ann) }
    }

    @Test("For a newcomer whoever has most loses what it used longest ago")
    func most() throws {
        var table = Table(limit: 100)
        try table.add(1, of: bob, size: 25)
        table.wait(10)
        for number in 2...4 { try table.add(number, of: ann, size: 25) }
        table.wait(10)
        var isThere = table.has(2)
        #expect(isThere)
        table.wait(300)
        // Older than anything of the other.
        try table.add(5, of: eve, size: 25)
        isThere = table.has(3)
        #expect(!isThere)
        for number in [1, 2, 4, 5] {
            isThere = table.has(number)
            #expect(isThere, "\(number)")
        }
    }

    @Test("What was used lately stays, whoever has no less already wants its place")
    func lately() throws {
        var table = Table(limit: 100)
        try table.add(1, of: ann, size: 50)
        try table.add(2, of: bob, size: 25, isAnswer: true)
        try table.add(3, of: bob, size: 25)
        table.wait(59)
        #expect(throws: Refusal.self) { try table.add(4, of: ann, size: 25) }
        #expect(throws: Refusal.self) { try table.add(4, of: bob, size: 25) }
        table.wait(1)
        try table.add(5, of: ann, size: 25)
        var isThere = table.has(2)
        #expect(!isThere)
        table.wait(239)
        #expect(throws: Refusal.self) { try table.add(6, of: bob, size: 60) }
        table.wait(1)
        // Its own, though it had most: an upload's time is over, too.
        try table.add(7, of: ann, size: 25)
        isThere = table.has(1)
        #expect(!isThere)
    }

    @Test("What lies there goes before what is used, also of who has less; else who has most loses")
    func idle() throws {
        var table = Table(limit: 100)
        for number in 1...7 { try table.add(number, of: ann, size: 10) }
        for number in 8...9 { try table.add(number, of: bob, size: 10) }
        try table.add(10, of: bob, size: 10, isAnswer: true)
        table.wait(299)
        var isThere = (1...7).allSatisfy { table.has($0) }
        #expect(isThere)
        // The answer's time is over, and an upload's is not.
        try table.add(11, of: eve, size: 10)
        isThere = table.has(10)
        #expect(!isThere)
        try table.add(12, of: eve, size: 10)
        isThere = table.has(1)
        #expect(!isThere)
        table.wait(1)
        try table.add(13, of: eve, size: 10)
        isThere = table.has(8)
        #expect(!isThere)
        isThere = table.has(9)
        #expect(isThere)
        try table.add(14, of: eve, size: 10)
        isThere = table.has(2)
        #expect(!isThere)
        isThere = table.has(9)
        #expect(isThere)
    }

    @Test("One that fills the table keeps nobody out, though it uses all its files all the time")
    func hoarder() throws {
        var table = Table(limit: 100)
        for number in 0..<100 { try table.add(number, of: eve) }
        for number in 100..<150 {
            for old in 0..<100 { _ = table.has(old) }
            try table.add(number, of: ann)
        }
        // Now both have the same.
        #expect(throws: Refusal.self) { try table.add(200, of: ann) }
        #expect(throws: Refusal.self) { try table.add(200, of: eve) }
        try table.add(201, of: bob)
        #expect(table.uploads.bytes == 100)
    }

    @Test("Where files are short and not bytes, whoever has most files loses some")
    func files() throws {
        var table = Table(limit: 1 << 40)
        try table.add(-1, of: ann, size: 1 << 30)
        for number in 1..<GatewayLimits.uploads { try table.add(number, of: eve) }
        for number in 0..<10 { try table.add(20_000 + number, of: bob) }
        #expect(table.uploads.count == GatewayLimits.uploads)
        let isThere = table.has(-1)
        #expect(isThere)
        for number in 1...10 {
            let isThere = table.has(number)
            #expect(!isThere)
        }
    }

    @Test("What nobody used for an hour goes first, whoever has it")
    func expired() throws {
        var table = Table(limit: 100)
        try table.add(1, of: bob, size: 10)
        table.wait(3000)
        for number in 2...10 { try table.add(number, of: ann, size: 10) }
        table.wait(600)
        try table.add(11, of: eve, size: 10)
        #expect(table.uploads.bytes == 100)
        var isThere = table.has(1)
        #expect(!isThere)
        isThere = table.has(2)
        #expect(isThere)
    }

    @Test("What can never be there pushes nothing out")
    func tooLarge() throws {
        var table = Table(limit: 100)
        try table.add(1, of: ann, size: 100)
        table.wait(400)
        #expect(throws: Refusal.self) { try table.add(2, of: bob, size: 101) }
        let isThere = table.has(1)
        #expect(isThere)
    }

    @Test("Room is made in a moment, however many files and holders there are")
    func many() throws {
        var table = Table(limit: 1 << 30)
        for number in 0..<GatewayLimits.uploads {
            try table.add(number, of: .address("\(number % 5000)"))
        }
        table.wait(301)
        let began = ContinuousClock.now
        for number in 0..<1000 { try table.add(20_000 + number, of: ann) }
        // A look at all for each would be minutes.
        #expect(ContinuousClock.now - began < .seconds(20))
    }
}

@Suite("The order of last uses")
struct UseOrderTests {
    @Test("Who was used longest ago is the oldest, and goes out of every place")
    func order() {
        var order = UseOrder<Int>()
        var oldest: [Int?] = [order.oldest]
        for key in [1, 2, 3, 4, 4, 2] { order.use(key) }
        for key in [3, 1, 9, 4, 2, 2] {
            oldest.append(order.oldest)
            order.remove(key)
        }
        oldest.append(order.oldest)
        order.use(7)
        oldest.append(order.oldest)
        #expect(oldest == [nil, 1, 1, 4, 4, 2, nil, nil, 7])
    }
}
