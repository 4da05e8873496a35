import SluiceEngine
import SluiceModel

let gib = 1 << 30

extension Lab {
    /// An engine that has found devices, with a queue `gpu` that is bound to all of them.
    static func withDevices(
        _ count: Int = 2, memory: Int? = nil, perDevice: Limit? = nil,
        _ change: (inout Configuration) -> Void = { _ in }
    ) -> Lab {
        var lab = Lab { configuration in
            configuration.queues["gpu"] = QueueSettings(devices: .all, perDeviceLimit: perDevice)
            change(&configuration)
        }
        lab.turn([.devicesFound((0..<count).map { .simulated($0, memory: memory) })])
        return lab
    }

    /// A worker that asks for devices before it declares anything. It is ready when it has them.
    mutating func lease(
        worker: UInt64, _ functions: String..., request: LeaseRequest = LeaseRequest(),
        settings change: (inout FunctionSettings) -> Void = { _ in }
    ) {
        join(worker: worker)
        turn([.leaseAsked(WorkerID(rawValue: worker), request)])
        serve(worker: worker, functions, settings: change)
    }

    mutating func join(worker: UInt64, heedsDevices: Bool = true) {
        let id = WorkerID(rawValue: worker)
        turn([
            .workerJoined(
                id, name: "w\(worker)", process: Int32(worker), heedsDevices: heedsDevices)
        ])
    }

    mutating func serve(
        worker: UInt64, _ functions: [String],
        settings change: (inout FunctionSettings) -> Void = { _ in }
    ) {
        let id = WorkerID(rawValue: worker)
        var settings = FunctionSettings(concurrencyID: "gpu")
        change(&settings)
        turn(
            functions.map { .declared(id, Declaration(function: $0, settings: settings)) }
                + [.ready(id, slots: 1)])
    }

    mutating func see(_ device: String, _ sample: DeviceSample) {
        turn([.deviceSampled(device, sample)])
    }

    /// The process of a worker ends, and its connection with it.
    mutating func end(worker: UInt64) {
        let id = WorkerID(rawValue: worker)
        turn([.workerLeft(id), .processEnded(Int32(worker), of: id)])
    }

    func device(_ name: String) -> DeviceView? { deviceViews.first { $0.description.name == name } }

    /// What workers were given when they asked for devices.
    var leases: [UInt64: [String]] {
        effects.reduce(into: [:]) { leases, effect in
            if case .bound(let worker, let devices, _) = effect {
                leases[worker.rawValue] = devices
            }
        }
    }

    /// The devices of each grant so far.
    var placements: [[String]] {
        effects.compactMap { effect in
            if case .grant(_, _, _, _, let devices) = effect { devices } else { nil }
        }
    }

    /// Devices that are to be looked at, as was said last.
    var sampled: [String]? {
        effects.reversed().lazy.compactMap { effect in
            if case .sample(let devices) = effect { devices } else { nil }
        }.first
    }
}

extension DeviceDescription {
    static func simulated(_ number: Int, memory: Int? = nil) -> Self {
        DeviceDescription(
            name: "gpu\(number)", kind: .simulated, memory: memory,
            visibility: DeviceVisibility(variable: "CUDA_VISIBLE_DEVICES", value: "GPU-\(number)"))
    }
}
