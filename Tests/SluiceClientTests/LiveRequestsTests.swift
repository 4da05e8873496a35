import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

@Suite("What a client has no outcome of is asked for again")
struct LiveRequestsTests {
    private let start = ContinuousClock.now

    private var detached: RequestOptions {
        var options = RequestOptions()
        options.detached = true
        return options
    }

    private func ticket(_ byte: UInt8) -> Ticket {
        [byte].withUnsafeBytes { Ticket(checked: $0) }
    }

    private func admitted(_ request: UInt64, _ byte: UInt8 = 0) -> Admitted {
        Admitted(request: RequestID(rawValue: request), ticket: ticket(byte))
    }

    /// So many requests that were asked for.
    private func asked(
        _ count: Int, _ options: RequestOptions = RequestOptions()
    ) -> (LiveRequests, [RequestNumber]) {
        var requests = LiveRequests()
        let numbers = (0..<count).map {
            requests.ask("f", Content([UInt8($0)]), options, at: start).number
        }
        return (requests, numbers)
    }

    @Test("In the order of the daemon's numbers, and those not admitted behind as they were asked")
    func order() {
        var (requests, numbers) = asked(5)
        _ = requests.admitted(numbers[4], admitted(7))
        _ = requests.admitted(numbers[1], admitted(9))
        _ = requests.admitted(numbers[0], admitted(8))
        #expect(requests.ended(numbers[0]) == .pass)
        #expect(
            requests.askedAgain(at: start).map(\.number)
                == [numbers[4], numbers[1], numbers[2], numbers[3]])
    }

    @Test("With the latest ticket, and with what was heard of the attempt")
    func heard() throws {
        var (requests, numbers) = asked(1)
        let number = numbers[0]
        let before = try #require(requests.askedAgain(at: start).first)
        #expect(before.ticket == nil && before.attempt == 0 && before.chunks == 0)
        #expect(requests.admitted(number, admitted(7, 1)) == .pass)
        #expect(requests.started(number, attempt: 1) == .pass)
        #expect(requests.chunk(number, sequence: 0) == .pass)
        #expect(requests.chunk(number, sequence: 1) == .pass)
        // Taken back: nobody needs to know.
        #expect(requests.admitted(number, admitted(7, 2)) == .drop)
        let again = try #require(requests.askedAgain(at: start).first)
        #expect(again.ticket == ticket(2) && again.attempt == 1 && again.chunks == 2)
        #expect(again.content == Content([0]))
    }

    @Test("Time goes on meanwhile, down to a microsecond; who was let in is not measured again")
    func times() throws {
        var options = RequestOptions()
        (options.deadline, options.queueTimeout) = (.seconds(60), .seconds(10))
        (options.execTimeout, options.maxWait) = (.seconds(5), .seconds(1))
        var (requests, numbers) = asked(1, options)
        func left(after time: Duration) throws -> RequestOptions {
            try #require(requests.askedAgain(at: start + time).first).options
        }
        #expect(try left(after: .seconds(4)).maxWait == .seconds(1))
        _ = requests.admitted(numbers[0], admitted(7))
        var waiting = try left(after: .seconds(4))
        #expect(waiting.deadline == .seconds(56))
        #expect(waiting.queueTimeout == .seconds(6))
        #expect(waiting.execTimeout == .seconds(5))
        #expect(waiting.maxWait == nil)
        waiting = try left(after: .seconds(61))
        #expect(waiting.deadline == .microseconds(1))
        #expect(waiting.queueTimeout == .microseconds(1))
        _ = requests.started(numbers[0], attempt: 1)
        let running = try left(after: .seconds(4))
        #expect(running.deadline == .seconds(56))
        #expect(running.queueTimeout == nil)
    }

    @Test("An attempt that was told is no news, another begins the chunks anew")
    func attempts() {
        var (requests, numbers) = asked(1)
        let number = numbers[0]
        _ = requests.admitted(number, admitted(7))
        #expect(requests.started(number, attempt: 1) == .pass)
        #expect(requests.chunk(number, sequence: 0) == .pass)
        #expect(requests.started(number, attempt: 1) == .drop)
        #expect(requests.chunk(number, sequence: 0) == .drop)
        #expect(requests.chunk(number, sequence: 1) == .pass)
        #expect(requests.started(number, attempt: 2) == .pass)
        #expect(requests.chunk(number, sequence: 0) == .pass)
    }

    @Test("A hole in the chunks ends the request for its caller, once, and it is called off")
    func hole() {
        var (requests, numbers) = asked(1)
        let number = numbers[0]
        _ = requests.admitted(number, admitted(7))
        #expect(requests.chunk(number, sequence: 0) == .pass)
        #expect(requests.chunk(number, sequence: 2) == .giveUp(.chunksLost(number)))
        #expect(requests.chunk(number, sequence: 3) == .drop)
        #expect(requests.started(number, attempt: 2) == .drop)
        #expect(requests.news(number) == .drop)
        #expect(requests.askedAgain(at: start).map(\.isCancelled) == [true])
        #expect(requests.ended(number) == .drop)
        #expect(requests.count == 0)
    }

    @Test("A stream that became a new request cannot go on, unless it may begin anew")
    func anew() throws {
        for takesStreamAnew in [false, true] {
            var options = RequestOptions()
            options.takesStreamAnew = takesStreamAnew
            var (requests, numbers) = asked(1, options)
            let number = numbers[0]
            _ = requests.admitted(number, admitted(7))
            _ = requests.started(number, attempt: 3)
            _ = requests.chunk(number, sequence: 0)
            #expect(
                requests.admitted(number, admitted(8))
                    == (takesStreamAnew ? .pass : .giveUp(.streamRestarted(number))))
            let again = try #require(requests.askedAgain(at: start).first)
            #expect(again.attempt == 0 && again.chunks == 0)
            #expect(again.isCancelled == !takesStreamAnew)
            #expect(
                requests.started(number, attempt: 1) == (takesStreamAnew ? .pass : .drop))
            #expect(requests.chunk(number, sequence: 0) == (takesStreamAnew ? .pass : .drop))
            #expect(requests.ended(number) == (takesStreamAnew ? .pass : .drop))
        }
    }

    @Test("A new request of which nothing was passed on is told by its number, and goes on")
    func newRequest() {
        var (requests, numbers) = asked(1)
        let number = numbers[0]
        _ = requests.admitted(number, admitted(7))
        _ = requests.started(number, attempt: 2)
        #expect(requests.admitted(number, admitted(8)) == .pass)
        #expect(requests.started(number, attempt: 1) == .pass)
    }

    @Test(
        "One that is detached is submitted until it is admitted, and then fetched, without payload")
    func fetchedWhenAdmitted() throws {
        var options = detached
        options.wantsStatus = true
        var (requests, numbers) = asked(2, options)
        let number = numbers[1]
        #expect(requests.admitted(number, admitted(7, 1)) == .pass)
        #expect(requests.started(number, attempt: 2) == .pass)
        #expect(requests.chunk(number, sequence: 0) == .pass)
        let again = requests.askedAgain(at: start)
        #expect(again.map(\.number) == [number, numbers[0]])
        #expect(again.map(\.fetched) == [RequestID(rawValue: 7), nil])
        #expect(again.map(\.content) == [Content([]), Content([0])])
        #expect(again.map(\.ticket) == [nil, nil])
        #expect((again[0].attempt, again[0].chunks) == (2, 1))
        // FETCH has no flag for it, SUBMIT does.
        #expect(again.map(\.watch) == [true, nil])
        // Found again: nobody needs to know, and nothing is heard twice.
        #expect(requests.admitted(number, admitted(7, 2)) == .drop)
        #expect(requests.started(number, attempt: 2) == .drop)
        #expect(requests.chunk(number, sequence: 0) == .drop)
        #expect(requests.chunk(number, sequence: 1) == .pass)
        #expect(requests.ended(number) == .pass)
    }

    @Test("A hole in one that is detached ends it for this caller alone: it is not called off")
    func detachedHole() {
        var requests = LiveRequests()
        let number = requests.fetch(RequestID(rawValue: 7), detached, at: start).number
        #expect(requests.admitted(number, admitted(7)) == .pass)
        #expect(requests.chunk(number, sequence: 0) == .pass)
        #expect(requests.chunk(number, sequence: 2) == .fail(.chunksLost(number)))
        #expect(requests.chunk(number, sequence: 3) == .drop)
        #expect(requests.ended(number) == .drop)
        #expect(requests.askedAgain(at: start).isEmpty)
    }

    @Test("What is fetched is fetched again, at its place, and is heard of as what was submitted")
    func fetched() throws {
        var (requests, numbers) = asked(1)
        _ = requests.admitted(numbers[0], admitted(9))
        let asked = requests.fetch(RequestID(rawValue: 8), detached, at: start)
        #expect(asked.fetched == RequestID(rawValue: 8) && asked.watch == nil)
        #expect(requests.askedAgain(at: start).map(\.number) == [asked.number, numbers[0]])
        #expect(requests.admitted(asked.number, admitted(8)) == .pass)
        #expect(requests.started(asked.number, attempt: 1) == .pass)
        #expect(requests.askedAgain(at: start).first?.fetched == RequestID(rawValue: 8))
        #expect(requests.ended(asked.number) == .pass)
    }

    @Test("What was called off or watched is so again, and what is over is forgotten")
    func wishes() {
        var (requests, numbers) = asked(3)
        requests.cancel(numbers[0])
        requests.watch(numbers[1], true)
        requests.watch(numbers[1], false)
        let again = requests.askedAgain(at: start)
        #expect(again.map(\.isCancelled) == [true, false, false])
        #expect(again.map(\.watch) == [nil, false, nil])
        for number in numbers { #expect(requests.ended(number) == .pass) }
        #expect(requests.askedAgain(at: start).isEmpty)
        #expect(requests.ended(numbers[0]) == .drop)
        #expect(requests.admitted(numbers[0], admitted(9)) == .drop)
    }
}

@Suite("A daemon that went is looked for")
struct AbsenceTests {
    @Test("At once, within 10 ms, and then at pauses up to 250 ms, each with its jitter")
    func pauses() {
        var absence = Absence()
        #expect(absence.nextPause(jitter: 1.2) == .zero)
        #expect(absence.nextPause(jitter: 1.2) <= .milliseconds(10))
        #expect(absence.nextPause(jitter: 1) == .milliseconds(16))
        #expect(absence.nextPause(jitter: 0.5) == .milliseconds(16))
        for _ in 0..<20 { #expect(absence.nextPause(jitter: 1.2) <= .milliseconds(250)) }
        #expect(absence.nextPause(jitter: 0.8) == .milliseconds(200))
        absence.end()
        #expect(absence.nextPause(jitter: 1) == .zero)
    }

    @Test("Its time goes on until something was heard of it")
    func rest() {
        var absence = Absence()
        let start = ContinuousClock.now
        absence.begin(at: start)
        absence.begin(at: start + .seconds(3))
        #expect(absence.rest(of: .seconds(10), at: start + .seconds(4)) == .seconds(6))
        #expect(absence.rest(of: .seconds(10), at: start + .seconds(40)) == .zero)
        #expect(absence.rest(of: nil, at: start + .seconds(40)) == nil)
        absence.end()
        absence.begin(at: start + .seconds(40))
        #expect(absence.rest(of: .seconds(10), at: start + .seconds(40)) == .seconds(10))
    }
}
