import Foundation
import SluiceWire
import Testing

/// The interface's text and its Swift twins, held against each other.
@Suite("The interface io.sluice.Control")
struct ControlInterfaceTests {
    let schema = VarlinkSchema(Control.description)

    @Test("The text is Varlink's language, every type in it is defined, and no line is too long")
    func wellFormed() {
        #expect(Control.description.contains("\ninterface io.sluice.Control\n"))
        let known = Set(["int", "float", "bool", "string", "object"])
            .union(schema.structs.keys).union(schema.enums.keys)
        for (name, fields) in schema.structs {
            for (field, type) in fields {
                let bare = type.replacing(/^\?|\[\]|\[string\]/, with: "")
                #expect(known.contains(bare), "\(name).\(field): \(type)")
            }
        }
        let names =
            schema.methods + schema.enums.keys + schema.structs.keys.filter { !$0.contains(".") }
        #expect(Set(names).count == names.count, "Varlink has one space for all names")
        #expect(Control.description.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test("Every method has its twin, whose parameters and reply have the fields of the text")
    func methods() throws {
        var seen: Set<String> = []
        func check<Method: VarlinkMethod>(_ method: Method, _ reply: Method.Reply) throws {
            let name = String(Method.name.dropFirst(Control.interface.count + 1))
            seen.insert(name)
            try expect(method, is: "\(name).in")
            try expect(reply, is: "\(name).out")
        }
        try check(Control.Status(), Samples.daemon)
        try check(Control.ListQueues(after: "a", limit: 1), .init(queues: [Samples.queue]))
        try check(
            Control.GetQueue(concurrencyID: "a"),
            .init(queue: Samples.queue, functions: [Samples.function]))
        try check(
            Control.ListFunctions(concurrencyID: "a", after: "b", limit: 1),
            .init(functions: [Samples.function], next: "f"))
        try check(
            Control.DescribeFunctions(after: "b"),
            .init(
                functions: [.init(function: "f", description: "d", signature: "{}")], next: "f"))
        try check(Control.GetMetrics(after: "b", limit: 1), Samples.metrics)
        try check(
            Control.ListWorkers(after: 1, limit: 1), .init(workers: [Samples.worker], next: 2))
        try check(
            Control.ListDevices(device: "d", after: "c"),
            .init(devices: [Samples.device], next: "d"))
        try check(
            Control.ListRequests(concurrencyID: "a", function: "f", after: 1, limit: 1),
            .init(requests: [Samples.request], next: 1))
        try check(Control.GetRequest(id: 1), .init(request: Samples.request))
        try check(
            Control.Explain(id: 1),
            .init(request: Samples.request, blocker: .noWorker, message: "m", help: "h"))
        try check(
            Control.ListDetached(state: .finished, function: "f", user: 1, after: 1, limit: 1),
            .init(requests: [Samples.detached], next: 1))
        try check(Control.GetDetached(id: 1), .init(request: Samples.detached))
        try check(
            Control.Set(target: .daemon, values: ["max_size": .none], runtime: true),
            .init(changes: [Control.Change(key: "k", old: 1, new: 2, origin: .default)]))
        try check(
            Control.Revert(target: .queue("q")),
            .init(changes: [Control.Change(key: "k", old: 1, new: nil, origin: .default)]))
        try check(Control.Pause(target: .worker(1), runtime: true), NoParameters())
        try check(Control.Resume(target: .function("f"), runtime: true), NoParameters())
        try check(Control.Drain(target: .daemon, runtime: true), NoParameters())
        try check(
            Control.Cordon(device: "d", reason: "r", runtime: true), NoParameters())
        try check(Control.Uncordon(device: "d", runtime: true), NoParameters())
        try check(Control.Cancel(id: 1), NoParameters())
        try check(Control.Forget(function: "f"), NoParameters())
        let steered = Control.SteeredWorker(unit: "u", changed: true)
        try check(Control.StartWorker(name: "w"), steered)
        try check(Control.StopWorker(name: "w"), steered)
        try check(Control.Retry(id: 1), .init(id: 2))
        try check(Control.Discard(id: 1), NoParameters())
        try check(Control.Monitor(requests: true), .init(event: Samples.event))
        try check(Control.Reload(), NoParameters())
        #expect(seen == Set(schema.methods))
    }

    @Test("Enumerations have the same members in the text and in Swift")
    func enumerations() {
        func members<E: CaseIterable & RawRepresentable<String>>(_ type: E.Type) -> Set<String> {
            Set(type.allCases.map(\.rawValue))
        }
        #expect(schema.enums["Hold"] == members(Control.Hold.self))
        #expect(schema.enums["Origin"] == members(Control.Origin.self))
        #expect(schema.enums["RetryRule"] == members(Control.RetryRule.self))
        #expect(schema.enums["WorkerState"] == members(Control.WorkerState.self))
        #expect(schema.enums["RequestState"] == members(Control.RequestState.self))
        #expect(schema.enums["Blocker"] == members(Control.Blocker.self))
        #expect(schema.enums["EventKind"] == members(Control.EventKind.self))
        #expect(schema.enums["Cause"] == members(Control.Cause.self))
        #expect(schema.enums["DetachedState"] == members(Control.DetachedState.self))
        #expect(schema.enums["StoreState"] == members(Control.StoreState.self))
        #expect(schema.enums["DeviceSelection"] == members(Control.DeviceSelection.self))
        #expect(schema.enums["DeviceKind"] == members(Control.DeviceKind.self))
        #expect(schema.enums["DeviceState"] == members(Control.DeviceState.self))
        #expect(schema.enums["CordonKind"] == members(Control.CordonKind.self))
        #expect(schema.enums.count == 14)
    }

    @Test("Every error has the fields of the text and survives the wire")
    func errors() throws {
        var seen: Set<String> = []
        for error in Samples.errors {
            let bytes = error.message.dropLast()
            let reply = try VarlinkReply(message: Array(bytes))
            #expect(ControlError(reply) == error)
            let name = try #require(reply.error).dropFirst(Control.interface.count + 1)
            seen.insert(String(name))
            let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            let parameters = try #require(object?["parameters"])
            #expect(schema.faults(in: parameters, of: String(name)) == [])
        }
        #expect(seen == Set(schema.errors))
    }

    @Test("Fields without a value are written as null, and may be left out")
    func nullable() throws {
        let empty = Control.Queue(concurrencyID: "q")
        let text = try JSONEncoder().encode(empty)
        let object = try JSONSerialization.jsonObject(with: text) as? [String: Any]
        #expect(object?["concurrency_limit"] is NSNull)
        #expect(try JSONDecoder().decode(Control.Queue.self, from: text) == empty)

        let terse = "{\"queues\":[]}"
        let reply = try JSONDecoder().decode(Control.ListQueues.Reply.self, from: Data(terse.utf8))
        #expect(reply.next == nil)
    }

    @Test("A service describes its interfaces, and knows no others")
    func descriptions() throws {
        let ours = VarlinkService.GetInterfaceDescription(interface: "io.sluice.Control")
        #expect(try ours.answer().description == Control.description)
        let standard = VarlinkService.GetInterfaceDescription(interface: "org.varlink.service")
        #expect(try standard.answer().description.hasPrefix("# What every"))
        #expect(throws: VarlinkServiceError.interfaceNotFound("x")) {
            try VarlinkService.GetInterfaceDescription(interface: "x").answer()
        }
    }

    private func expect(_ value: some Encodable, is type: String) throws {
        let text = try JSONEncoder().encode(value)
        let object = try JSONSerialization.jsonObject(with: text)
        #expect(schema.faults(in: object, of: type, at: type) == [])
    }
}
