import CPowerLoss
import Foundation
import SluiceModel
import Testing

@testable import SluiceStore

@Suite("Room for detached requests")
struct RoomTests {
    static let most = 2 << 20

    func small() -> StoreSettings {
        var settings = StoreSettings()
        settings.maxStoredBytes = Self.most
        return settings
    }

    /// Accepts requests until one is refused; how many there were.
    func fill(_ lab: StoreLab, from first: UInt64 = 1, bytes: Int) throws -> UInt64 {
        var number = first
        while true {
            let new = request(number, bytes: [UInt8](repeating: 1, count: bytes))
            let answer = try lab.ask(.accept(new))
            guard let refusal = answer.refusal else {
                number += 1
                continue
            }
            #expect(refusal == .storeFull)
            return number - first
        }
    }

    func size(of path: String) throws -> Int {
        try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    @Test("A full store refuses new work before it is accepted, and the rest goes on")
    func full() throws {
        let lab = try StoreLab(small())
        let count = try fill(lab, bytes: 20_000)
        #expect(count > 60)
        // Each has its outcome, with a result.
        for number in 1...count {
            let bytes = [UInt8](repeating: 2, count: 20_000)
            #expect(try lab.ask(.finish(id(number), ending(.ok, bytes))).isDone)
        }
        #expect(try lab.ask(.result(id(count), upTo: 1 << 20)).bytes().count == 20_000)
        #expect(try lab.ask(.accept(request(count + 1, bytes: []))).isAccepted)
        lab.close()
        #expect(try size(of: lab.scratch.file) <= Self.most)
    }

    @Test("A result that has no room is refused, and an outcome without it has some")
    func resultTooMany() throws {
        let lab = try StoreLab(small())
        let count = try fill(lab, bytes: 100)
        #expect(count > 100)
        let large = [UInt8](repeating: 2, count: Self.most / 8)
        #expect(try lab.ask(.finish(id(1), ending(.ok, large))).refusal == .storeFull)
        #expect(try lab.ask(.look(id(1))).request()?.conclusion == nil)
        #expect(try lab.ask(.finish(id(1), ending(.functionError, []))).isDone)
    }

    @Test("However many results there are, what ends without one finds room")
    func endsWithoutResult() throws {
        let lab = try StoreLab(small())
        let count = try fill(lab, bytes: 100)
        var number: UInt64 = 1
        while number <= count {
            let bytes = [UInt8](repeating: 2, count: 2000)
            let answer = try lab.ask(.finish(id(number), ending(.ok, bytes)))
            guard let refusal = answer.refusal else {
                number += 1
                continue
            }
            #expect(refusal == .storeFull)
            break
        }
        #expect(number > 2 && number + 4 < count)
        for number in number..<number + 4 {
            #expect(try lab.ask(.finish(id(number), ending(.cancelledByOperator, []))).isDone)
        }
        lab.close()
        #expect(try size(of: lab.scratch.file) <= Self.most)
    }

    @Test("Each commit tells how much is stored, and a store that is opened, too")
    func usage() throws {
        let lab = try StoreLab()
        _ = try lab.opening()
        #expect(lab.usage?.requests == 0)
        let bytes = [UInt8](repeating: 1, count: 100_000)
        try lab.ask((1...5).map { .accept(request($0, bytes: bytes)) })
        #expect(lab.usage?.requests == 5)
        let full = try #require(lab.usage?.bytes)
        #expect(full > 500_000)
        // What was refused, or is known, is not counted.
        #expect(try lab.ask(.accept(request(5, bytes: bytes))).isAccepted)
        #expect(try lab.ask(.delete(id(9))).refusal == .unknownRequest)
        #expect(lab.usage == StoreUsage(requests: 5, bytes: full))
        try lab.ask([.finish(id(1), ending(.functionError)), .delete(id(2))])
        let repetition = Repetition(
            id: id(6), origin: origin(6), enqueuedAt: WallTime(milliseconds: 77))
        try lab.ask([.retry(id(1), as: repetition), .finish(id(3), ending(at: 1))])
        #expect(lab.usage?.requests == 5)
        #expect(try lab.ask(.expire(at: WallTime(milliseconds: 1 << 40))).expired().count == 2)
        #expect(lab.usage?.requests == 3)
        #expect(try #require(lab.usage?.bytes) < full)
        let before = lab.usage
        try lab.reopen()
        _ = try lab.opening()
        #expect(lab.usage?.requests == 3 && before?.requests == 3)
    }

    @Test("Space is used again: a store that lives long stays as small as it was")
    func reused() throws {
        let lab = try StoreLab(small())
        var next: UInt64 = 1
        for _ in 0..<4 {
            let count = try fill(lab, from: next, bytes: 30_000)
            #expect(count > 40)
            try lab.ask((next..<next + count).map { .delete(id($0)) })
            next += count
        }
        lab.close()
        #expect(try size(of: lab.scratch.file) <= Self.most)
    }

    @Test("The bound holds whatever sizes come, with the log carried over")
    func bounded() throws {
        let lab = try StoreLab(small())
        var random = SplitMix(seed: 4)
        var accepted = 0
        for number: UInt64 in 1...600 {
            let count = [0, 10, 1100, 4000, 9000, 50_000][random.below(6)]
            let bytes = [UInt8](repeating: 3, count: count)
            let answers = try lab.ask([
                .accept(request(number, bytes: bytes)),
                .finish(id(UInt64(random.below(Int(number)) + 1)), ending(.functionError, bytes)),
            ])
            accepted += answers[0].isAccepted ? 1 : 0
            for answer in answers where !answer.isAccepted && !answer.isDone {
                let known: [StoreRefusal] = [.storeFull, .isFinished, .unknownRequest]
                #expect(known.contains(try #require(answer.refusal)))
            }
        }
        #expect(accepted > 50 && accepted < 600)
        lab.close()
        #expect(try size(of: lab.scratch.file) <= Self.most)
    }

    @Test("A bound that was lowered holds for what comes, and nothing is thrown away for it")
    func lowered() throws {
        let lab = try StoreLab()
        let bytes = [UInt8](repeating: 1, count: 100_000)
        try lab.ask((1...40).map { .accept(request($0, bytes: bytes)) })
        #expect(try lab.ask(.configure(small())).isDone)
        #expect(try lab.ask(.accept(request(41))).refusal == .storeFull)
        #expect(try lab.ask(.delete(id(1))).isDone)
        #expect(try lab.ask(.payload(id(40), upTo: 1 << 20)).bytes() == bytes)
    }

    @Test("Outcomes are kept result_ttl, and then deleted in portions")
    func expiry() throws {
        var settings = StoreSettings()
        settings.resultTTL = .seconds(60)
        let lab = try StoreLab(settings)
        try lab.ask((1...600).map { .accept(request($0)) })
        // The first is not finished, however old it is.
        try lab.ask((2...600).map { .finish(id($0), ending(at: Int64($0))) })
        try lab.ask([.start(id(1), attempt: 1), .keep(id(1), attempt: 1, chunk(0, [1]))])

        func expire(at time: Int64) throws -> (count: Int, hasMore: Bool) {
            try lab.ask(.expire(at: WallTime(milliseconds: time))).expired()
        }
        #expect(try expire(at: 60_001) == (0, false))
        #expect(try expire(at: 60_100) == (99, false))
        #expect(try lab.ask(.look(id(100))).request() == nil)
        #expect(try lab.ask(.look(id(101))).request() != nil)
        #expect(try expire(at: 90_000) == (StoreLimits.rowsPerPage, true))
        #expect(try expire(at: 90_000) == (500 - StoreLimits.rowsPerPage, false))
        let left = try lab.ask(.list(StoreFilter(), after: nil, count: 9)).page()
        #expect(left.ids == [1] && left.next == nil)
        #expect(try lab.ask(.chunks(id(1), from: 0, upTo: 9)).chunks().count == 1)
    }

    @Test("What expired gives its space back to the file system")
    func shrinks() throws {
        let lab = try StoreLab()
        let bytes = [UInt8](repeating: 1, count: 200_000)
        try lab.ask((1...60).map { .accept(request($0, bytes: bytes)) })
        try lab.ask((1...60).map { .finish(id($0), ending(.functionError)) })
        for _ in 0..<4 { try lab.ask(.expire(at: WallTime(milliseconds: 1 << 40))) }
        lab.close()
        #expect(try size(of: lab.scratch.file) < 6_000_000)
    }
}

@Suite("A full disk")
struct FullDiskTests {
    @Test("New work is refused by name; reading, outcomes and deletions go on; and it recovers")
    func fullDisk() throws {
        let loss = PowerLoss()
        let lab = try StoreLab(StoreSettings(), StoreProbes(vfs: loss.name))
        let bytes = [UInt8](repeating: 1, count: 50_000)
        // The log grew to this, and is written anew from its beginning.
        try lab.ask((1...120).map { .accept(request($0, bytes: bytes)) })
        powerloss_set_room(loss.layer, 100_000)

        var number: UInt64 = 121
        var answer = try lab.ask(.accept(request(number, bytes: bytes)))
        while answer.isAccepted, number < 400 {
            number += 1
            answer = try lab.ask(.accept(request(number, bytes: bytes)))
        }
        #expect(answer.refusal == .diskFull)
        #expect(lab.events.contains(.diskFull(true)))
        // Its neighbours in the turn are not refused with it.
        let answers = try lab.ask([
            .finish(id(1), ending(.ok, [4])), .accept(request(1000)), .look(id(2)),
            .delete(id(3)), .result(id(1), upTo: 9),
        ])
        #expect(answers[0].isDone && answers[1].refusal == .diskFull && answers[3].isDone)
        #expect(try answers[2].request() != nil)
        #expect(try answers[4].bytes() == [4])
        #expect(!FileManager.default.fileExists(atPath: "\(lab.scratch.file).ballast"))

        // What was acknowledged is there, on the same full disk, when it is opened again.
        powerloss_set_room(loss.layer, -1)
        lab.close()
        let later = try StoreLab(in: lab.scratch)
        for number in 4..<number { #expect(try later.ask(.look(id(number))).request() != nil) }
        #expect(try later.ask(.accept(request(1000))).isAccepted)
    }

    @Test("The ballast is real blocks, and gives them back")
    func ballast() throws {
        let scratch = try Scratch()
        let ballast = Ballast(path: "\(scratch.path)/ballast", bytes: 1 << 20)
        #expect(ballast.take() && ballast.take())
        var status = stat()
        #expect(stat(ballast.path, &status) == 0)
        #expect(status.st_blocks * 512 >= 1 << 20 && status.st_mode & 0o777 == 0o600)
        ballast.release()
        #expect(try scratch.names == [])
        // More than there is.
        #expect(!Ballast(path: "\(scratch.path)/ballast", bytes: 1 << 60).take())
        #expect(try scratch.names == [])
    }

    @Test("A disk that fails fails what was asked, and nothing else once it is back")
    func failingDisk() throws {
        let loss = PowerLoss()
        let lab = try StoreLab(StoreSettings(), StoreProbes(vfs: loss.name))
        try lab.ask(.accept(request(1)))
        powerloss_fail(loss.layer, 1)
        let refusal = try lab.ask(.accept(request(2))).refusal
        #expect(refusal != nil)
        powerloss_fail(loss.layer, 0)
        #expect(try lab.ask(.accept(request(3))).isAccepted)
        #expect(try lab.ask(.look(id(1))).request() != nil)
        #expect(try lab.ask(.look(id(2))).request() == nil)
    }
}
