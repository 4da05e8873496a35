import SluiceModel
import SluiceSystem
import Testing

@testable import SluiceStore

@Suite("The life of a detached request")
struct LifeTests {
    @Test("What was accepted is there as it was given, in another day's store, too")
    func staysAsGiven() throws {
        let lab = try StoreLab()
        var new = request(5, bytes: [1, 2, 3])
        new.caller = "gateway user"
        new.queueTimeout = .milliseconds(1500)
        new.execTimeout = .nanoseconds(1)
        new.deadline = .seconds(86400)
        #expect(try lab.ask(.accept(new)).isAccepted)
        try lab.reopen()

        let kept = try #require(try lab.ask(.look(id(5))).request())
        #expect(kept.origin == new.origin)
        #expect(kept.caller == "gateway user")
        #expect(kept.function == "caption")
        #expect(kept.queueTimeout == new.queueTimeout && kept.execTimeout == new.execTimeout)
        #expect(kept.deadline == new.deadline && kept.enqueuedAt == new.enqueuedAt)
        #expect(kept.state == .waiting && kept.attempts == 0 && kept.conclusion == nil)
        #expect(kept.contentType == "application/json" && kept.payloadBytes == 3)
        #expect(try lab.ask(.payload(id(5), upTo: 3)).bytes() == [1, 2, 3])
        #expect(try lab.opening().unfinished == 1)
    }

    @Test("A request that is sent again is known, whatever number it would have had")
    func sentAgain() throws {
        let lab = try StoreLab()
        try lab.ask(.accept(request(5)))
        var again = request(6)
        again.origin = origin(5)
        #expect(try lab.ask(.accept(again)).known().id == id(5))
        #expect(try lab.ask(.accept(request(5))).isAccepted)
        #expect(try lab.ask(.look(id(6))).request() == nil)
        #expect(try lab.ask(.find(origin(5))).request()?.id == id(5))
        // The same number of another user is another request.
        #expect(try lab.ask(.find(origin(5, user: 1001))).request() == nil)
        again.origin = origin(5, user: 1001)
        #expect(try lab.ask(.accept(again)).isAccepted)
        again.origin = origin(7)
        #expect(try lab.ask(.accept(again)).refusal == .idTaken)
    }

    @Test("It waits, is started, given back, started again, and has one outcome")
    func wholeLife() throws {
        let lab = try StoreLab()
        let answers = try lab.ask([
            .accept(request(1)), .start(id(1), attempt: 1), .giveBack(id(1), charged: 1),
            .start(id(1), attempt: 2), .start(id(1), attempt: 1),
            .finish(id(1), ending(.ok, [4, 5])), .finish(id(1), ending(.functionError)),
            .start(id(1), attempt: 3), .giveBack(id(1), charged: 2),
        ])
        #expect(
            answers.map(\.refusal) == [
                nil, nil, nil, nil, .isStale, nil, .isFinished, .isFinished, .isFinished,
            ])
        let kept = try #require(try lab.ask(.look(id(1))).request())
        #expect(kept.state == .finished && kept.attempts == 2 && kept.charged == 1)
        #expect(kept.conclusion?.code == "ok" && kept.conclusion?.resultBytes == 2)
        #expect(kept.conclusion?.finishedAt == WallTime(milliseconds: 1000))
        #expect(try lab.ask(.result(id(1), upTo: 2)).bytes() == [4, 5])
        #expect(try lab.ask(.recover(after: nil, upTo: 100)).unfinished().isEmpty)
    }

    @Test("Nobody is taken for another: unknown requests are refused, even impossible ones")
    func unknown() throws {
        let lab = try StoreLab()
        for number in [0, 1, UInt64.max] {
            let answers = try lab.ask([
                .start(id(number), attempt: 1), .giveBack(id(number), charged: 0),
                .keep(id(number), attempt: 1, chunk(0, [1])), .finish(id(number), ending()),
                .delete(id(number)), .payload(id(number), upTo: 1),
                .result(id(number), upTo: 1), .chunks(id(number), from: 0, upTo: 1),
            ])
            #expect(answers.allSatisfy { $0.refusal == .unknownRequest })
        }
    }

    @Test("Numbers are not given twice, even when the request is long deleted")
    func numbersGoOn() throws {
        let lab = try StoreLab()
        #expect(try lab.opening().lastRequest == nil)
        try lab.ask([.accept(request(41)), .delete(id(41))])
        try lab.reopen()
        #expect(try lab.opening().lastRequest == id(41))
        #expect(try lab.opening().unfinished == 0)
    }

    @Test("What failed stays with what it was asked with, and is retried as a new request")
    func retried() throws {
        let lab = try StoreLab()
        var new = request(1, bytes: [7, 7])
        new.execTimeout = .seconds(3)
        try lab.ask([
            .accept(new), .start(id(1), attempt: 2),
            .finish(id(1), ending(.workerDied, [], message: "killed by signal 9")),
        ])
        let failed = try #require(try lab.ask(.look(id(1))).request())
        #expect(failed.conclusion?.message == "killed by signal 9" && failed.canBeRetried)
        #expect(try lab.ask(.payload(id(1), upTo: 2)).bytes() == [7, 7])

        let repetition = Repetition(
            id: id(9), origin: origin(9, user: 0), enqueuedAt: WallTime(milliseconds: 77))
        #expect(try lab.ask(.retry(id(1), as: repetition)).isAccepted)
        #expect(try lab.ask(.retry(id(1), as: repetition)).isAccepted)
        var other = repetition
        other.id = id(10)
        #expect(try lab.ask(.retry(id(1), as: other)).known().id == id(9))
        let retried = try #require(try lab.ask(.look(id(9))).request())
        #expect(retried.retryOf == id(1) && retried.state == .waiting && retried.attempts == 0)
        #expect(retried.function == "caption" && retried.execTimeout == .seconds(3))
        #expect(retried.enqueuedAt == repetition.enqueuedAt && retried.origin.user == 0)
        #expect(try lab.ask(.payload(id(9), upTo: 2)).bytes() == [7, 7])
        // The first has its outcome still.
        #expect(try lab.ask(.look(id(1))).request() == failed)
    }

    @Test("What completed lets go of what it was asked with; what runs is not retried")
    func notRetried() throws {
        let lab = try StoreLab()
        let repetition = Repetition(
            id: id(9), origin: origin(9), enqueuedAt: WallTime(milliseconds: 0))
        try lab.ask(.accept(request(1)))
        #expect(try lab.ask(.retry(id(1), as: repetition)).refusal == .isUnfinished)
        #expect(try lab.ask(.result(id(1), upTo: 9)).refusal == .isUnfinished)
        try lab.ask(.finish(id(1), ending()))
        #expect(try lab.ask(.retry(id(1), as: repetition)).refusal == .payloadGone)
        #expect(try lab.ask(.payload(id(1), upTo: 9)).refusal == .payloadGone)
        #expect(try lab.ask(.retry(id(2), as: repetition)).refusal == .unknownRequest)
    }

    @Test("Bytes in memory files go in and come out, as large ones do")
    func memoryFiles() throws {
        let lab = try StoreLab()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let file = try bytes.withUnsafeBytes { bytes in
            StoredFile(try MemoryFile(named: "test", contents: bytes))
        }
        var new = request(1)
        new.payload = StoredPayload(nil, .file(file))
        try lab.ask(.accept(new))
        try lab.reopen()
        guard case .bytes(let payload) = try lab.ask(.payload(id(1), upTo: 300_000)),
            case .file = payload.bytes
        else {
            Issue.record("not a file")
            return
        }
        #expect(try payload.copied() == bytes)
        #expect(payload.contentType == nil)
    }

    @Test("No bytes at all are a payload, a result and a chunk, too")
    func empty() throws {
        let lab = try StoreLab()
        let answers = try lab.ask([
            .accept(request(1, bytes: [])), .start(id(1), attempt: 1),
            .keep(id(1), attempt: 1, chunk(0, [])),
            .payload(id(1), upTo: 0), .finish(id(1), ending(.ok, [])), .result(id(1), upTo: 0),
            .chunks(id(1), from: 0, upTo: 0),
        ])
        #expect(try answers[3].bytes().isEmpty)
        #expect(try answers[5].bytes().isEmpty)
        #expect(try answers[6].chunks().map { try $0.payload.copied() } == [[]])
    }

    @Test("What is larger than may be is refused, and what was asked for says how large it is")
    func tooLarge() throws {
        let lab = try StoreLab()
        let huge = [UInt8](repeating: 0, count: StoreLimits.payloadBytes + 1)
        let text = String(repeating: "x", count: StoreLimits.messageBytes + 1)
        let answers = try lab.ask([
            .accept(request(1, bytes: huge)), .accept(request(2)),
            .finish(id(2), ending(.ok, huge)), .finish(id(2), ending(.ok, message: text)),
        ])
        #expect(answers.map(\.refusal) == [.tooLarge, nil, .tooLarge, .tooLarge])
        #expect(try lab.ask(.payload(id(2), upTo: 2)).refusal == .larger(3))
    }

    @Test("A chunk whose number no table can have is not kept, and none is found behind it")
    func chunkNumbers() throws {
        let lab = try StoreLab()
        let beyond = UInt64(Int64.max)
        let answers = try lab.ask([
            .accept(request(1)), .start(id(1), attempt: 1),
            .keep(id(1), attempt: 1, chunk(beyond - 1, [1])),
            .keep(id(1), attempt: 1, chunk(beyond, [1])),
            .keep(id(1), attempt: 1, chunk(.max, [1])), .chunks(id(1), from: 0, upTo: 100),
            .chunks(id(1), from: beyond, upTo: 100), .chunks(id(1), from: .max, upTo: 100),
        ])
        #expect(answers[3].refusal == .tooManyChunks && answers[4].refusal == .tooManyChunks)
        #expect(try answers[5].chunks().map(\.sequence) == [beyond - 1])
        #expect(try answers[6].chunks().isEmpty && answers[7].chunks().isEmpty)
    }
}
