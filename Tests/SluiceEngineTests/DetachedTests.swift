import SluiceEngine
import SluiceModel
import Testing

@Suite("A detached request outlives its client's connection")
struct DetachedTests {
    private func lab(_ change: (inout Configuration) -> Void = { _ in }) -> Lab {
        var lab = Lab(change)
        lab.openStore()
        return lab
    }

    @Test("It is in when it is stored, and not granted before")
    func accepted() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.offer("A")
        #expect(lab.story(of: number).isEmpty)
        #expect(lab.grants.isEmpty)
        lab.stored()
        #expect(lab.story(of: number) == ["admitted"])
        #expect(lab.grants == [[number.rawValue]])
    }

    @Test("Its outcome is told when that is stored, and the worker keeps its answer until then")
    func outcome() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.finish(number)
        #expect(lab.code(of: number) == nil)
        #expect(lab.acknowledgements.isEmpty)
        #expect(lab.storeWords.last == "finish \(id) ok")
        lab.settled(id)
        #expect(lab.code(of: number) == .ok)
        #expect(lab.acknowledgements.count == 1)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("Its place is free when its worker has answered, whatever the store does")
    func place() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let second = lab.keep("A")
        lab.finish(first)
        #expect(lab.grants == [[first.rawValue], [second.rawValue]])
    }

    @Test("It stays when its client leaves, and its outcome is kept for whoever comes")
    func clientLeaves() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.leave(client: 1)
        lab.finish(number)
        lab.settled(id)
        #expect(lab.storeWords.last == "finish \(id) ok")
        #expect(lab.acknowledgements.count == 1)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("Its place in line is that of its arrival")
    func order() {
        var lab = lab()
        let first = lab.offer("A")
        let second = lab.ask("A")
        lab.stored()
        lab.attach(worker: 1, "A")
        #expect(lab.grants == [[first.rawValue]])
        lab.finish(first)
        #expect(lab.grants == [[first.rawValue], [second.rawValue]])
    }

    @Test("Without a store it is unsupported, with one that broke it has failed")
    func noStore() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        #expect(lab.code(of: lab.offer("A")) == .unsupported)
        lab.turn([.store(.state(.broken))])
        #expect(lab.code(of: lab.offer("A")) == .storeFailed)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("What the store refuses is refused, and counts for nobody")
    func refused() {
        var lab = lab { $0.daemon.maxRequestsPerUser = .at(1) }
        lab.attach(worker: 1, "A")
        for _ in 0..<2 {
            let number = lab.offer("A")
            lab.stored(.refused(.storeFull))
            lab.found(nil)
            #expect(lab.code(of: number) == .storeFull)
        }
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("It needs room to wait while it waits for the disk, even where it could start at once")
    func room() {
        var lab = lab {
            $0.queues["A"] = QueueSettings(maxSize: .at(1))
        }
        lab.attach(worker: 1, "A")
        let first = lab.offer("A")
        let second = lab.offer("A")
        // It may be one from before; the store does not know it.
        #expect(lab.storeWords.last?.hasPrefix("find") == true)
        lab.turn([.store(.found(RequestID(rawValue: 3), nil))])
        #expect(lab.code(of: second) == .queueFull)
        #expect(lab.storeWords.filter { $0.hasPrefix("accept") }.count == 1)
        lab.turn([.store(.stored(RequestID(rawValue: 1), .accepted))])
        #expect(lab.grants == [[first.rawValue]])
    }

    @Test("What one queue refuses leaves room in all, on its way into the store or not")
    func roomForOthers() {
        for isDetached in [true, false] {
            var lab = lab {
                $0.daemon.maxSize = .at(1)
                $0.queues["B"] = QueueSettings(maxSize: .at(0))
            }
            lab.turn([.remembered(Declaration(function: "B"))])
            let numbers = lab.submit(["B", "A"]) { submission in
                submission.isDetached = submission.function == "B" || isDetached
            }
            #expect(lab.storeWords.contains { $0.hasPrefix("find") })
            #expect(lab.storeWords.contains("accept 2") == isDetached)
            #expect(lab.story(of: numbers[1]) == (isDetached ? [] : ["admitted"]))
        }
    }

    @Test("Sent again under its number it is not stored again")
    func repeated() {
        var lab = lab()
        let number = lab.keep("A")
        lab.offer("A") { $0.number = number }
        #expect(lab.story(of: number) == ["admitted", "admitted"])
        #expect(lab.storeWords.filter { $0.hasPrefix("accept") }.count == 1)
    }

    @Test("Sent again it is known, whatever may be said against it by now")
    func repeatedOnBehalf() {
        var lab = lab()
        let number = lab.keep("A")
        lab.offer("A") {
            $0.number = number
            // Nobody is a gateway here.
            $0.caller = "ada"
        }
        #expect(lab.story(of: number) == ["admitted", "admitted"])
        #expect(lab.heldBodies.count == 1)
    }

    @Test("Sent again on another connection it is found by its origin, live or ended")
    func known() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.leave(client: 1)
        lab.join(client: 2)
        let again = lab.offer("A", from: ClientID(rawValue: 2))
        lab.stored(.known(id))
        #expect(lab.story(of: again) == ["admitted"])
        #expect(lab.id(of: again) == id)
        lab.finish(number)
        lab.settled(id)
        #expect(lab.code(of: again) == .ok)
        let late = lab.offer("A", from: ClientID(rawValue: 2))
        lab.stored(.known(id))
        #expect(lab.storeWords.last == "fetch \(id) for \(late)")
        #expect(lab.grants.count == 1)
    }

    @Test("One that would be refused now is not, if it was accepted before")
    func doubted() {
        var lab = lab()
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.leave(client: 1)
        lab.join(client: 2)
        lab.command(.drain(.daemon))
        let again = lab.offer("A", from: ClientID(rawValue: 2))
        #expect(lab.story(of: again).isEmpty)
        let doubt = RequestID(rawValue: id.rawValue + 1)
        lab.turn([.store(.found(doubt, id))])
        #expect(lab.story(of: again) == ["admitted"])
        let new = lab.offer("A", from: ClientID(rawValue: 2))
        lab.turn([.store(.found(RequestID(rawValue: doubt.rawValue + 1), nil))])
        #expect(lab.code(of: new) == .draining)
        #expect(lab.heldBodies.count == 1)
    }

    @Test("What the store refuses unseen is looked up before it is refused")
    func refusedUnseen() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.leave(client: 1)
        lab.join(client: 2)
        let other = ClientID(rawValue: 2)
        let again = lab.offer("A", from: other)
        lab.stored(.refused(.storeFull))
        #expect(lab.story(of: again).isEmpty)
        #expect(lab.storeWords.last?.hasPrefix("find") == true)
        lab.found(id)
        #expect(lab.story(of: again) == ["admitted"])
        lab.finish(number)
        lab.settled(id)
        #expect(lab.code(of: again) == .ok)
        let late = lab.offer("A", from: other)
        lab.stored(.refused(.storeFull))
        lab.found(id)
        #expect(lab.storeWords.last == "fetch \(id) for \(late)")
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("What a broken store refuses it is not asked for")
    func refusedBroken() {
        var lab = lab()
        let number = lab.offer("A")
        lab.turn([.store(.state(.broken))])
        lab.stored(.refused(.storeFailed))
        #expect(lab.code(of: number) == .storeFailed)
    }

    @Test("While it is in doubt whether it is known its number is taken")
    func doubtedTwice() {
        var lab = lab()
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.leave(client: 1)
        lab.join(client: 2)
        let other = ClientID(rawValue: 2)
        lab.command(.drain(.daemon))
        lab.offer("A", from: other) { $0.number = number }
        lab.command(.resume(.daemon))
        lab.offer("A", from: other) { $0.number = number }
        #expect(lab.storeWords.filter { $0.hasPrefix("accept") }.count == 1)
        lab.turn([.store(.found(RequestID(rawValue: id.rawValue + 1), id))])
        #expect(lab.story(of: number) == ["admitted", "admitted"])
    }

    @Test("Cancelled while it is stored, it ends as soon as it is")
    func cancelledEarly() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.offer("A")
        lab.cancel(number)
        lab.stored()
        let id = lab.id(of: number)
        #expect(lab.storeWords.last == "finish \(id) cancelled_by_client")
        lab.settled(id)
        #expect(lab.code(of: number) == .cancelledByClient)
        #expect(lab.grants.isEmpty)
    }

    @Test("An outcome that the store does not take is offered again until it does")
    func unsettled() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.finish(number)
        for _ in 0..<3 {
            lab.settled(id, .refused(.storeFull))
            #expect(lab.code(of: number) == nil)
            lab.advance(by: .seconds(1))
        }
        #expect(lab.storeWords.filter { $0 == "finish \(id) ok" }.count == 4)
        lab.settled(id)
        #expect(lab.code(of: number) == .ok)
        #expect(lab.nextDeadline == nil)
    }

    @Test("A result that the store cannot hold makes it fail")
    func tooLarge() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.finish(number)
        lab.settled(id, .tooLarge)
        #expect(lab.storeWords.last == "finish \(id) result_too_large")
        lab.settled(id)
        #expect(lab.code(of: number) == .resultTooLarge)
        #expect(lab.acknowledgements.count == 1)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("The store follows its attempts and keeps its chunks")
    func attempts() {
        var lab = lab()
        lab.attach(worker: 1, "A") { $0.restartable = true }
        let number = lab.keep("A")
        let id = lab.id(of: number)
        lab.start(number)
        lab.report(number, .chunk(sequence: 0))
        lab.die(worker: 1)
        #expect(
            lab.storeWords.suffix(3) == ["start \(id) 1", "keep \(id) 1 0", "give back \(id) 1"])
        lab.attach(worker: 2, "A") { $0.restartable = true }
        lab.start(number)
        #expect(lab.storeWords.last == "start \(id) 2")
        #expect(lab.story(of: number) == ["admitted", "started 1", "chunk 0", "started 2"])
    }

    @Test("What must not run twice is noted before a worker hears of it")
    func noted() {
        var lab = lab()
        lab.attach(worker: 1, "A") { $0.retry = .never }
        lab.keep("A")
        let order = lab.effects.compactMap { effect in
            switch effect {
            case .store(.start): "start"
            case .grant: "grant"
            case .item: "item"
            default: nil
            }
        }
        #expect(order == ["start", "grant", "item"])
    }

    @Test("What must not run twice counts as begun when a worker is given it")
    func never() {
        var lab = lab()
        lab.attach(worker: 1, "A") { $0.retry = .never }
        let number = lab.keep("A")
        #expect(lab.storeWords.last == "start \(lab.id(of: number)) 1")
    }

    @Test("Its timeouts count from its arrival")
    func timeouts() {
        var lab = lab()
        let number = lab.offer("A") { $0.queueTimeout = .seconds(10) }
        lab.advance(by: .seconds(8))
        lab.stored()
        lab.advance(by: .seconds(2))
        let id = lab.id(of: number)
        #expect(lab.storeWords.last == "finish \(id) queue_timeout")
        lab.settled(id)
        #expect(lab.code(of: number) == .queueTimeout)
    }

    @Test("A user has what is detached until its outcome is stored")
    func quota() {
        var lab = lab { $0.daemon.maxRequestsPerUser = .at(1) }
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.finish(first)
        #expect(lab.code(of: lab.ask("A")) == .overQuota)
        lab.settled(id)
        #expect(lab.code(of: lab.ask("A")) == nil)
    }

    @Test("Its user's last connection gone, it still is its user's")
    func lonely() {
        var lab = lab { $0.daemon.maxRequestsPerUser = .at(1) }
        lab.keep("A")
        lab.leave(client: 1)
        lab.join(client: 2)
        #expect(
            lab.submit(["A"], from: ClientID(rawValue: 2)).allSatisfy {
                lab.code(of: $0) == .overQuota
            })
    }

    @Test("A drain is over when nothing is on its way into the store or out of it")
    func drained() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let number = lab.offer("A")
        lab.command(.drain(.daemon))
        #expect(lab.drainsDone == 0)
        lab.stored()
        lab.finish(number)
        #expect(lab.drainsDone == 0)
        lab.settled(lab.id(of: number))
        #expect(lab.drainsDone == 1)
    }
}

extension Lab {
    fileprivate var drainsDone: Int {
        effects.count { if case .notice(.drained) = $0 { true } else { false } }
    }
}
