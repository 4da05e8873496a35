import SluiceModel
import SluiceWire
import Testing

@testable import SluiceClient

@Suite("A worker asks for devices of its own, and keeps them")
struct WorkerDevicesTests {
    private let patience = Patience(limit: .seconds(20))
    private let wish = Binding(count: 2, memory: 8 << 30, devices: ["gpu0", "gpu1", "gpu3"])
    private let bound = Bound(
        devices: ["gpu3", "gpu0"],
        environment: ["CUDA_VISIBLE_DEVICES=GPU-3,GPU-0", "SLUICE_DEVICES=gpu3,gpu0"])

    /// What it says of them from then on.
    private var held: Binding {
        var held = wish
        (held.devices, held.isHeld) = (bound.devices, true)
        return held
    }

    @Test("Whoever runs the process says which devices it may ask for")
    func chosen() throws {
        #expect(try Binding(count: 2).narrowed(to: "") == Binding(count: 2))
        #expect(try Binding().narrowed(to: "any") == Binding())
        #expect(
            try Binding().narrowed(to: "gpu1, gpu0,gpu1") == Binding(devices: ["gpu1", "gpu0"]))
        let one = Binding(devices: ["gpu0"])
        #expect(try one.narrowed(to: "gpu1,gpu0") == one)
        for (wish, left) in [(one, "gpu1"), (Binding(count: 2), "gpu0"), (Binding(), "none")] {
            #expect(throws: ClientError.devicesClosed(left: [left])) {
                try wish.narrowed(to: left)
            }
        }
    }

    @Test("It is told which, and what to set, before it declares anything")
    func binds() throws {
        let daemon = try FakeDaemon(.worker) { [wish, bound] peer in
            guard try peer.welcome(instance: 2, .devices).features.contains(.devices),
                case .bind(wish) = try peer.nextMessage()
            else { throw Surprise.frame }
            try peer.order(.bound(bound))
            guard case .declare(let said) = try peer.nextMessage(),
                said.declaration.settings.memoryPerItem == 300 << 20
            else { throw Surprise.frame }
            try peer.order(.declared(.init(function: "echo", queue: "echo")))
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory)
        #expect(try worker.bind(wish) == bound)
        let settings = FunctionSettings(memoryPerItem: 300 << 20)
        #expect(try worker.declare("echo", settings).warning == nil)
        try daemon.finish()
    }

    @Test("A grant says which devices it is to run on, and a daemon after it hears of them")
    func grants() throws {
        let (one, none) = (GrantID(rawValue: 5), GrantID(rawValue: 6))
        let daemon = try FakeDaemon(
            .worker,
            scripts: [
                { peer in
                    try peer.welcome(instance: 2, .devices)
                    try peer.give(one, ["a"], on: ["gpu1", "gpu0"])
                    try peer.give(none, ["a"])
                },
                { peer in
                    try peer.welcome(instance: 3, .devices)
                    guard case .holding(one, let first) = try peer.nextMessage(),
                        first.devices == ["gpu1", "gpu0"],
                        case .holding(none, let second) = try peer.nextMessage(),
                        second.devices.isEmpty
                    else { throw Surprise.frame }
                },
                { peer in
                    // An older one, that could not read them.
                    try peer.welcome(instance: 4)
                    guard case .holding(one, let holding) = try peer.nextMessage(),
                        holding.devices.isEmpty, case .holding = try peer.nextMessage()
                    else { throw Surprise.frame }
                    try peer.order(.drain)
                },
            ])
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory, absence: patience)
        guard case .grant(let first) = try worker.nextOrder(),
            case .grant(let second) = try worker.nextOrder()
        else { throw Surprise.frame }
        #expect(first.devices == ["gpu1", "gpu0"])
        #expect(second.devices.isEmpty)
        #expect(try worker.nextOrder() == .drain)
        try daemon.finish()
    }

    @Test("It comes back with exactly those that it has, before it says anything else")
    func comesBack() throws {
        let daemon = try FakeDaemon(
            .worker,
            scripts: [
                { [wish, bound] peer in
                    try peer.welcome(instance: 2, .devices)
                    guard case .bind(wish) = try peer.nextMessage() else { throw Surprise.frame }
                    try peer.order(.bound(bound))
                    guard case .declare = try peer.nextMessage() else { throw Surprise.frame }
                    try peer.order(.declared(.init(function: "echo", queue: "echo")))
                },
                { [held] peer in
                    try peer.welcome(instance: 3, .devices)
                    guard case .bind(held) = try peer.nextMessage(),
                        case .declare = try peer.nextMessage()
                    else { throw Surprise.frame }
                    try peer.order(.bound(Bound(devices: ["gpu0", "gpu3"])))
                },
                { peer in
                    // An older one: it goes on, without a word of them.
                    try peer.welcome(instance: 4)
                    guard case .declare = try peer.nextMessage() else { throw Surprise.frame }
                },
                { [held] peer in
                    try peer.welcome(instance: 5, .devices)
                    guard case .bind(held) = try peer.nextMessage() else { throw Surprise.frame }
                    try peer.order(.drain)
                },
            ])
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory, absence: patience)
        try worker.bind(wish)
        try worker.declare("echo")
        #expect(try worker.nextOrder() == .drain)
        try daemon.finish()
    }

    @Test("A daemon that goes before it answered is asked again")
    func asksAgain() throws {
        let daemon = try FakeDaemon(
            .worker,
            scripts: [
                { [wish] peer in
                    try peer.welcome(instance: 2, .devices)
                    guard case .bind(wish) = try peer.nextMessage() else { throw Surprise.frame }
                },
                { [wish, bound] peer in
                    try peer.welcome(instance: 3, .devices)
                    guard case .bind(wish) = try peer.nextMessage() else { throw Surprise.frame }
                    try peer.order(.bound(bound))
                },
            ])
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory, absence: patience)
        #expect(try worker.bind(wish) == bound)
        try daemon.finish()
    }

    @Test("It ends where a daemon cannot leave its devices to it, or names others")
    func neverOthers() throws {
        let farewell = Farewell(.noDevices, "gpu3 is another worker's")
        let violation = "BOUND to other devices than those that are held"
        let ends: [(WorkerOrder, end: ClientError)] = [
            (
                .link(.error(farewell)),
                .dismissed(code: farewell.code, message: farewell.message)
            ),
            (.bound(Bound(devices: ["gpu0", "gpu1"])), .protocolViolation(violation)),
        ]
        for (order, error) in ends {
            var out = OutputBuffer()
            order.encode(into: &out)
            let last = Array(out.readable)
            let daemon = try FakeDaemon(
                .worker,
                scripts: [
                    { [bound] peer in
                        try peer.welcome(instance: 2, .devices)
                        guard case .bind = try peer.nextMessage() else { throw Surprise.frame }
                        try peer.order(.bound(bound))
                    },
                    { peer in
                        try peer.welcome(instance: 3, .devices)
                        guard case .bind = try peer.nextMessage() else { throw Surprise.frame }
                        try peer.send(last)
                    },
                ])
            let worker = try WorkerConnection(
                runtimeDirectory: daemon.directory, absence: patience)
            try worker.bind(wish)
            #expect(throws: error) { try worker.nextOrder() }
            try daemon.finish()
        }
    }

    @Test("An older daemon is not asked for devices, nor told what functions say of them")
    func olderDaemon() throws {
        let daemon = try FakeDaemon(.worker) { peer in
            try peer.welcome()
            guard case .declare(let said) = try peer.nextMessage(),
                said.declaration.settings == FunctionSettings(maxBatchSize: 4)
            else { throw Surprise.frame }
            try peer.order(.declared(.init(function: "echo", queue: "echo")))
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory)
        #expect(throws: ClientError.noDevices) { try worker.bind(wish) }
        #expect(throws: ClientError.invalidName("gpu 0")) {
            try worker.bind(Binding(devices: ["gpu 0"]))
        }
        let settings = FunctionSettings(
            maxBatchSize: 4, memory: 1, memoryPerItem: 1, deviceCount: 1, exclusive: true)
        let declared = try worker.declare("echo", settings)
        #expect(declared.warning?.contains("does not know of devices") == true)
        try daemon.finish()
    }

    @Test("BOUND that nobody asked for, or to another number of devices, breaks the protocol")
    func strayBound() throws {
        let daemon = try FakeDaemon(.worker) { peer in
            try peer.welcome(instance: 2, .devices)
            try peer.order(.bound(Bound(devices: ["gpu0"])))
        }
        let worker = try WorkerConnection(runtimeDirectory: daemon.directory)
        #expect(throws: ClientError.protocolViolation("BOUND without BIND")) {
            try worker.nextOrder()
        }
        try daemon.finish()

        let other = try FakeDaemon(.worker) { peer in
            try peer.welcome(instance: 2, .devices)
            try peer.order(.bound(Bound(devices: ["gpu0"])))
        }
        let asking = try WorkerConnection(runtimeDirectory: other.directory)
        #expect(throws: ClientError.protocolViolation("BOUND to 1 devices instead of 2")) {
            try asking.bind(wish)
        }
        try other.finish()
    }
}
