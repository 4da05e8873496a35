import Foundation
import Testing

@testable import SluiceGateway

@Suite("What is told of a request is kept for readers, within bounds")
struct EventLogTests {
    /// A log that was told so many chunks, behind what comes before them.
    private func log(_ chunks: UInt64, tag: UInt64 = 1, room: Int = 1 << 20) -> EventLog {
        var log = EventLog(tag: tag)
        log.append(.admitted, [], attempt: 0, chunks: 0, room: room)
        log.append(.started, [], attempt: 1, chunks: 0, room: room)
        for chunk in 0..<chunks {
            log.append(.chunk, Array("\(chunk)".utf8), attempt: 1, chunks: chunk + 1, room: room)
        }
        return log
    }

    /// All that a reader is told from a place on, in as many steps as it takes.
    private func told(_ log: EventLog, after place: EventPlace) -> [String] {
        var place = place
        var words: [String] = []
        while true {
            let events = log.events(after: place, upTo: 8)
            guard let last = events.last else { return words }
            place = last.place
            words += events.map {
                $0.kind == .chunk ? String(decoding: $0.data, as: UTF8.self) : $0.kind.rawValue
            }
        }
    }

    @Test("A reader that comes again goes on behind what it was told last")
    func resumes() throws {
        var log = log(3)
        let all = log.events(after: EventPlace(tag: 1))
        #expect(all.map(\.kind) == [.admitted, .started, .chunk, .chunk, .chunk])
        for (index, event) in all.enumerated() {
            let place = try EventPlace(event.place.text)
            #expect(place == event.place)
            #expect(log.events(after: place) == Array(all[(index + 1)...]))
        }
        #expect(!log.isOver(at: all[4].place))
        log.append(.outcome, [], attempt: 1, chunks: 3)
        let outcome = try #require(log.events(after: all[4].place).first)
        #expect(outcome.kind == .outcome && log.isOver(at: outcome.place))
    }

    @Test("In another log of the same request it goes on by attempt and chunk")
    func otherLog() throws {
        let place = try #require(log(4).events(after: EventPlace(tag: 1)).dropLast().last).place
        #expect(told(log(6, tag: 2), after: place) == ["3", "4", "5"])
        // What came there between does not make it tell again what was told.
        var later = EventLog(tag: 3)
        later.append(.admitted, [], attempt: 0, chunks: 0)
        later.append(.status, Array("long enough".utf8), attempt: 0, chunks: 0)
        later.append(.started, [], attempt: 1, chunks: 0)
        for chunk: UInt64 in 0..<5 {
            later.append(.chunk, Array("\(chunk)".utf8), attempt: 1, chunks: chunk + 1)
            later.append(.log, Array("a long line".utf8), attempt: 1, chunks: chunk + 1)
        }
        let heard = told(later, after: place)
        #expect(heard.filter { $0.count == 1 } == ["3", "4"])
        #expect(heard.filter { $0 == "log" }.count == 5)
    }

    @Test("A new attempt is told from its first chunk")
    func attempts() throws {
        let place = try #require(log(4).events(after: EventPlace(tag: 1)).last).place
        var other = EventLog(tag: 2)
        other.append(.started, [], attempt: 2, chunks: 0)
        other.append(.chunk, Array("0".utf8), attempt: 2, chunks: 1)
        #expect(told(other, after: place) == ["started", "0"])
    }

    @Test("Words about a moment that passed go first, and nobody misses them")
    func superseded() {
        var log = log(3)
        for _ in 0..<GatewayLimits.events * 3 {
            log.append(.progress, [], attempt: 1, chunks: 3)
            #expect(log.count <= GatewayLimits.events)
        }
        let kinds = log.events(after: EventPlace(tag: 1), upTo: .max).map(\.kind)
        #expect(kinds.prefix(5) == [.admitted, .started, .chunk, .chunk, .chunk])
        #expect(!kinds.contains(.gap))
    }

    @Test("When something that mattered is not kept, who has not come as far is told of a gap")
    func gap() throws {
        let early = try #require(log(1).events(after: EventPlace(tag: 1)).last).place
        let log = log(UInt64(GatewayLimits.events))
        #expect(log.count <= GatewayLimits.events)
        let heard = told(log, after: early)
        #expect(heard[0] == "gap" && heard.dropFirst().allSatisfy { Int($0) != nil })
        #expect(heard.last == "\(GatewayLimits.events - 1)")
        let gap = try #require(log.events(after: early).first)
        #expect(log.events(after: gap.place).first?.kind == .chunk)
        // Who has come further misses nothing.
        let late = log.events(after: gap.place)[0].place
        #expect(told(log, after: late).first != "gap")
    }

    @Test("Bytes are bounded, also where there is no room at all; the last word is kept")
    func bytes() {
        var log = log(0)
        for chunk: UInt64 in 0..<100 {
            log.append(
                .chunk, Array(repeating: 0, count: 1000), attempt: 1, chunks: chunk + 1,
                room: 10_000)
            #expect(log.bytes <= 10_000)
        }
        log.append(.chunk, Array(repeating: 0, count: 1000), attempt: 1, chunks: 101, room: 0)
        #expect(log.bytes == 0)
        log.append(.outcome, [1], attempt: 1, chunks: 101, room: 0)
        log.append(.log, [1], attempt: 1, chunks: 101)
        #expect(log.events(after: EventPlace(tag: 1)).map(\.kind) == [.gap, .outcome])
    }

    @Test(
        "What was never the id of an event is refused",
        arguments: ["", "1", "1-2-3", "g-1-1-1", "1-1-1-1-1", "1--1-1", "1-1-99999999999-1"])
    func badID(text: String) {
        #expect(throws: Refusal.self) { try EventPlace(text) }
    }

    @Test("A log that is over can spare all but its last word, and no other")
    func thin() {
        var log = log(3)
        log.thin()
        #expect(log.count == 5 && log.spareBytes == 0)
        log.append(.outcome, Array("done".utf8), attempt: 1, chunks: 3)
        let (bytes, spare) = (log.bytes, log.spareBytes)
        #expect(spare > 0)
        log.thin()
        #expect(log.bytes == bytes - spare && log.spareBytes == 0)
        #expect(told(log, after: EventPlace(tag: 1)) == ["gap", "outcome"])
    }
}
