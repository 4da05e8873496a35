import SluiceEngine
import SluiceModel
import Testing

@Suite("An outcome that the store does not take is seen, and can be given up")
struct UnsettledTests {
    /// A worker answered a request, and the store has been offered the outcome.
    private func offered(_ lab: inout Lab) -> (RequestNumber, RequestID) {
        lab.openStore()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        lab.advance(by: .seconds(2))
        lab.finish(number)
        return (number, lab.id(of: number))
    }

    /// The same, and there was no room.
    private func refused(
        _ lab: inout Lab, _ reason: Code = .storeFull
    ) -> (RequestNumber, RequestID) {
        let (number, id) = offered(&lab)
        lab.settled(id, .refused(reason))
        return (number, id)
    }

    @Test("It is live as settling from the first refusal on, and not before")
    func shown() throws {
        var lab = Lab()
        let (number, id) = offered(&lab)
        #expect(lab.requestViews(limit: 9).isEmpty)
        #expect(lab.unsettled(id) == nil)
        lab.settled(id, .refused(.storeFull))
        lab.advance(by: .seconds(5))
        let view = try #require(lab.requestViews(limit: 9).first)
        #expect(view.id == id && view.state == .settling && view.isDetached)
        #expect((view.function, view.queue, view.user) == ("A", "A", 1000))
        #expect(view.settlingFor == .seconds(5))
        #expect(lab.requestView(id) == view)
        lab.settled(id)
        #expect(lab.requestViews(limit: 9).isEmpty)
        #expect(lab.code(of: number) == .ok)
    }

    @Test(
        "Lists show it at the place of its number, and where its queue and function are asked for")
    func listed() {
        var lab = Lab()
        let (_, id) = refused(&lab)
        let waiting = lab.submit(["A", "A"]).map { lab.id(of: $0) }
        #expect(lab.requestViews(limit: 9).map(\.id) == [id] + waiting)
        #expect(lab.requestViews(limit: 1).map(\.id) == [id])
        #expect(lab.requestViews(queue: "A", limit: 1).map(\.id) == [id])
        #expect(lab.requestViews(function: "A", limit: 1).map(\.id) == [id])
        lab.attach(worker: 2, "B")
        #expect(lab.requestViews(queue: "B", limit: 9).isEmpty)
    }

    @Test("Explain names what is in its way, and the way out")
    func explained() {
        for (reason, blocker) in [
            (Code.storeFull, Blocker.storeFull), (.storeFailed, .storeFailed),
        ] {
            var lab = Lab()
            let (number, id) = refused(&lab, reason)
            let explanation = lab.explain(number)
            #expect(explanation?.blocker == blocker)
            #expect(explanation?.state == .settling)
            #expect(explanation?.message.hasPrefix("it has ended (ok), and its outcome ") == true)
            #expect(explanation?.remedy.hasSuffix("sluicectl cancel \(id)") == true)
        }
    }

    @Test("What is in the way now is named, and since when anything was")
    func otherReason() {
        var lab = Lab()
        let (number, id) = refused(&lab, .storeFailed)
        lab.advance(by: .seconds(1))
        lab.settled(id, .refused(.storeFull))
        #expect(lab.explain(number)?.blocker == .storeFull)
        #expect(lab.unsettled(id) == .seconds(1))
    }

    @Test("Cancelled, it gives up its result, and its listeners are told when that is stored")
    func cancelled() {
        var lab = Lab()
        let (number, id) = refused(&lab)
        #expect(lab.command(.cancel(id)) == .done([]))
        #expect(lab.heldBodies.isEmpty)
        #expect(lab.code(of: number) == nil)
        lab.advance(by: .seconds(1))
        #expect(lab.storeWords.last == "finish \(id) cancelled_by_operator")
        lab.settled(id)
        #expect(lab.code(of: number) == .cancelledByOperator)
        #expect(lab.acknowledgements.count == 1)
        #expect(lab.storeWords.filter { $0.hasPrefix("finish") }.count == 2)
        #expect(lab.daemon().outcomes == [.cancelledByOperator: 1])
        #expect(lab.nextDeadline == nil)
    }

    @Test("Cancelled twice it is cancelled once, and when it is over it is unknown")
    func cancelledTwice() {
        var lab = Lab()
        let (_, id) = refused(&lab)
        #expect(lab.command(.cancel(id)) == .done([]))
        #expect(lab.command(.cancel(id)) == .done([]))
        #expect(lab.daemon().outcomes[.cancelledByOperator] == 1)
        lab.advance(by: .seconds(1))
        lab.settled(id)
        #expect(lab.command(.cancel(id)) == .refused(.unknownRequest(id)))
    }

    @Test("An outcome that the store was not seen to refuse is not given up")
    func underWay() {
        var lab = Lab()
        let (number, id) = offered(&lab)
        #expect(lab.command(.cancel(id)) == .refused(.unknownRequest(id)))
        lab.settled(id)
        #expect(lab.code(of: number) == .ok)
    }

    @Test("Cancelled while it is offered again, it keeps its result if there is room by now")
    func roomAfterAll() {
        var lab = Lab()
        let (number, id) = refused(&lab)
        lab.advance(by: .seconds(1))
        #expect(lab.command(.cancel(id)) == .done([]))
        #expect(lab.storeWords.filter { $0 == "finish \(id) ok" }.count == 2)
        lab.settled(id)
        #expect(lab.code(of: number) == .ok)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("Cancelled while it is offered again, and refused, it gives up its result")
    func noRoomAgain() {
        var lab = Lab()
        let (number, id) = refused(&lab)
        lab.advance(by: .seconds(1))
        lab.command(.cancel(id))
        lab.settled(id, .refused(.storeFull))
        #expect(lab.heldBodies.isEmpty)
        lab.advance(by: .seconds(1))
        #expect(lab.storeWords.last == "finish \(id) cancelled_by_operator")
        lab.settled(id)
        #expect(lab.code(of: number) == .cancelledByOperator)
    }

    @Test("Where the store had the outcome all along, that one is told and no other")
    func knownAfterAll() {
        var lab = Lab()
        let (number, id) = refused(&lab)
        lab.command(.cancel(id))
        lab.advance(by: .seconds(1))
        lab.settled(id, .known)
        #expect(lab.code(of: number) == nil)
        #expect(lab.storeWords.last == "fetch \(id) for \(number)")
        #expect(lab.acknowledgements.count == 1)
    }

    @Test("An outcome that is known unchanged is told")
    func known() {
        var lab = Lab()
        let (number, id) = refused(&lab)
        lab.advance(by: .seconds(1))
        lab.settled(id, .known)
        #expect(lab.code(of: number) == .ok)
    }

    @Test("Its client cannot call it off any more")
    func client() {
        var lab = Lab()
        let (number, id) = refused(&lab)
        lab.cancel(number)
        lab.advance(by: .seconds(1))
        #expect(lab.storeWords.last == "finish \(id) ok")
    }
}
