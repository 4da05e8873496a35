import SluiceEngine
import SluiceModel
import Testing

@Suite("Bounds that no configuration can lift are refusals with a name")
struct BoundTests {
    @Test("Live requests of one connection: over_quota")
    func requestsPerClient() {
        var lab = Lab(checks: false) { $0.functions["A"] = FunctionSettings() }
        let numbers = lab.submit(Array(repeating: "A", count: Limits.requestsPerClient + 1))
        #expect(lab.daemon().waiting == Limits.requestsPerClient)
        let last = numbers[numbers.count - 1]
        #expect(lab.code(of: last) == .overQuota)
        #expect(lab.refusal(of: last)?.limit == Limits.requestsPerClient)
    }

    @Test("Functions of one worker: it is told and dismissed")
    func functionsPerWorker() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let worker = WorkerID(rawValue: 1)
        lab.turn(
            (0..<Limits.functionsPerWorker).map {
                .declared(worker, Declaration(function: "f\($0)"))
            })
        #expect(lab.dismissals == ["function f255: a worker may declare at most 256 functions"])
        #expect(lab.workers().first?.functions.count == Limits.functionsPerWorker)
    }

    @Test("Functions known at all: the worker that brings one more is told and dismissed")
    func functions() {
        var lab = Lab { configuration in
            for number in 0..<Limits.functions {
                configuration.functions["f\(number)"] = FunctionSettings(concurrencyID: "q")
            }
        }
        lab.attach(worker: 1, "one_more")
        #expect(lab.dismissals.count == 1)
        #expect(lab.code(of: lab.ask("one_more")) == .unknownFunction)
        lab.attach(worker: 2, "f7")
        #expect(lab.dismissals.count == 1)
    }

    @Test("A worker that declares a function anew is not counted twice")
    func declaredAnew() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let worker = WorkerID(rawValue: 1)
        lab.turn(
            (1..<Limits.functionsPerWorker).map {
                .declared(worker, Declaration(function: "f\($0)"))
            })
        lab.turn([.declared(worker, Declaration(function: "A"))])
        #expect(lab.dismissals.isEmpty)
    }
}
