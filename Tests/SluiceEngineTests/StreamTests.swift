import SluiceEngine
import SluiceModel
import Testing

@Suite("Streams: everything passes in order, before the one outcome")
struct StreamTests {
    private func story(of effects: [Effect]) -> [String] {
        effects.compactMap {
            switch $0 {
            case .admitted: "admitted"
            case .started(_, _, let attempt): "started \(attempt)"
            case .report(_, _, .chunk(let sequence), _, _): "chunk \(sequence)"
            case .report(_, _, .progress, _, _): "progress"
            case .report(_, _, .log, _, _): "log"
            case .outcome(_, _, let conclusion): "\(conclusion.code.rawValue)"
            default: nil
            }
        }
    }

    @Test("Started, chunks, progress and log reach the client as they were sent")
    func inOrder() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        lab.start(.number(1))
        lab.report(.number(1), .progress)
        lab.report(.number(1), .chunk(sequence: 0))
        lab.report(.number(1), .log)
        lab.report(.number(1), .chunk(sequence: 1))
        lab.finish(.number(1))
        #expect(
            story(of: lab.effects) == [
                "admitted", "started 1", "progress", "chunk 0", "log", "chunk 1", "ok",
            ])
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("What comes after the outcome is dropped, and its bytes are freed")
    func afterTheOutcome() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2) { $0.batch = true }
        lab.submit("A", "A")
        lab.start(.number(1), .number(2))
        lab.finish(.number(1))
        lab.report(.number(1), .chunk(sequence: 0))
        lab.cancel(.number(2))
        lab.report(.number(2), .chunk(sequence: 0))
        #expect(!story(of: lab.effects).contains("chunk 0"))
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("A worker that says something about an item has begun with it")
    func impliedStart() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        lab.report(.number(1), .progress)
        #expect(story(of: lab.effects) == ["admitted", "started 1", "progress"])
    }

    @Test("An answer names the grant it came from, to be acknowledged when the client has it")
    func source() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        let place = lab.locate(.number(1))
        let at = try #require(place)
        lab.finish(.number(1))
        #expect(
            lab.conclusion(of: .number(1))?.source
                == AnswerSource(worker: at.worker, grant: at.grant, item: 0))
    }

    @Test("A chunk names the item it came from, which may be paused")
    func sourceOfChunks() throws {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        let place = lab.locate(.number(1))
        let at = try #require(place)
        lab.report(.number(1), .chunk(sequence: 0))
        let source = AnswerSource(worker: at.worker, grant: at.grant, item: 0)
        #expect(lab.sources == [source])
    }

    @Test("A chunk of what is detached names none: the store reads it, and nobody is waited for")
    func noSourceOfDetachedChunks() {
        var lab = Lab()
        lab.openStore()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        lab.report(number, .chunk(sequence: 0))
        #expect(lab.sources == [nil])
    }

    @Test("What comes with every request takes no more room for that")
    func stride() {
        #expect(MemoryLayout<Effects.Step>.stride == 72)
    }

    @Test("A failure of the function is an outcome, not an event of the daemon")
    func failure() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit("A")
        lab.answer([.number(1)], .failed)
        #expect(lab.code(of: .number(1)) == .functionError)
        #expect(lab.queue("A")?.running == 0)
    }
}

extension Lab {
    /// What the chunks so far name as their sources.
    fileprivate var sources: [AnswerSource?] {
        effects.compactMap { effect -> AnswerSource?? in
            guard case .report(_, _, .chunk, _, let source) = effect else { return nil }
            return .some(source)
        }
    }
}
