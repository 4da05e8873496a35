import CSluice
import SluiceModel
import SluiceSystem

/// NVIDIA's GPUs, by NVML.
///
/// Each look opens the library anew, because it knows of GPUs what it found when it was opened: one
/// that fell off the bus is never there again otherwise. What the driver tells by itself, Xids and
/// ECC errors, collects in an event set from the look on, and is read by a thread of its own while
/// devices are watched (`NvidiaEvents`); so what happened at rest is told with the next watch.
final class Nvidia: DeviceSource {
    private let library: Result<NvidiaLibrary, NvidiaLibrary.Absence>
    private let root: String
    private let processes: ProcessTable
    private var handles: [String: sluice_nvml_device] = [:]
    private var isOpen = false
    private var events: NvidiaEvents?

    init(_ search: DeviceSearch) {
        library = Result { () throws(NvidiaLibrary.Absence) in
            guard search.discovers else { throw .notThere }
            return try NvidiaLibrary(loading: search.nvml)
        }
        root = search.root
        processes = ProcessTable(root: root)
    }

    func look() -> DeviceFindings {
        close()
        switch library {
        case .failure(.notThere): return DeviceFindings()
        case .failure(.unusable(let why)):
            return DeviceFindings(notes: ["NVIDIA devices are not looked for: \(why)"])
        case .success(let nvml):
            var findings = DeviceFindings()
            do throws(NvidiaLibrary.Failure) {
                try find(nvml, &findings)
            } catch {
                findings.notes.append("NVIDIA devices are not looked for: \(error.text)")
            }
            return findings
        }
    }

    private func find(
        _ nvml: NvidiaLibrary, _ findings: inout DeviceFindings
    ) throws(NvidiaLibrary.Failure) {
        try nvml.check(nvml.open(), "nvmlInit_v2")
        isOpen = true
        var count: UInt32 = 0
        try nvml.check(nvml.functions.device_count(&count), "nvmlDeviceGetCount_v2")
        findings.count = min(Int(count), Limits.devices)
        if count > Limits.devices {
            findings.notes.append("\(count) NVIDIA devices; at most \(Limits.devices) are used")
        }
        for index in 0..<findings.count {
            do throws(NvidiaLibrary.Failure) {
                findings.devices.append(try device(index, nvml, &findings.notes))
            } catch {
                findings.notes.append(
                    "the NVIDIA device with index \(index) is not used: \(error.text)")
            }
        }
        events = NvidiaEvents(nvml, handles)
        if events == nil, !handles.isEmpty {
            findings.notes.append(
                "NVML tells nothing by itself: faults of NVIDIA devices show only in samples")
        }
    }

    private func device(
        _ index: Int, _ nvml: NvidiaLibrary, _ notes: inout [String]
    ) throws(NvidiaLibrary.Failure) -> FoundDevice {
        var handle: sluice_nvml_device?
        try nvml.check(
            nvml.functions.device(UInt32(index), &handle), "nvmlDeviceGetHandleByIndex_v2")
        guard let handle, let uuid = nvml.text(nvml.functions.uuid, of: handle), !uuid.isEmpty
        else { throw NvidiaLibrary.Failure(code: -1, text: "nvmlDeviceGetUUID: no UUID") }
        handles[uuid] = handle

        let model = nvml.text(nvml.functions.name, of: handle) ?? "NVIDIA"
        var description = DeviceDescription(
            name: "", kind: .nvidia, model: model, identity: uuid,
            memory: try nvml.memory(of: handle)?.total,
            paths: paths(try nvml.number { nvml.functions.minor_number?(handle, $0) }),
            visibility: DeviceVisibility(variable: "CUDA_VISIBLE_DEVICES", value: uuid))
        // 1 is the threshold at which the hardware slows down.
        description.slowdownTemperature = try nvml.number {
            nvml.functions.temperature_threshold?(handle, 1, $0)
        }.flatMap { 1...1000 ~= $0 ? $0 : nil }
        if try isDivided(handle, nvml) {
            notes.append("MIG is on for \(uuid), which is used as a whole all the same")
        }
        return FoundDevice(key: uuid, index: index, description: description)
    }

    private func isDivided(
        _ handle: sluice_nvml_device, _ nvml: NvidiaLibrary
    ) throws(NvidiaLibrary.Failure) -> Bool {
        var pending: UInt32 = 0
        return try nvml.number { nvml.functions.mig_mode?(handle, $0, &pending) } == 1
    }

    /// What a process opens that computes on the device: its own node, by which it can be allowed
    /// or denied, and those that all devices share, without which none can be used.
    private func paths(_ minor: Int?) -> [String] {
        guard let minor else { return [] }
        let shared = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]
        return ["/dev/nvidia\(minor)"] + shared.filter { SmallFile.exists(root + $0) }
    }

    func sample(_ key: String) throws(DeviceFailure) -> DeviceSample {
        guard case .success(let nvml) = library, let handle = handles[key] else {
            throw DeviceFailure(trouble: .lost("NVML does not know it any more"))
        }
        do throws(NvidiaLibrary.Failure) {
            var sample = try nvml.sample(of: handle)
            sample.processes = processes.complete(sample.processes)
            return sample
        } catch {
            // The only other one that is thrown: the device works again when it is reset.
            guard error.code == NvidiaLibrary.Failure.resetRequired else {
                throw DeviceFailure(trouble: .lost(error.text))
            }
            throw DeviceFailure(trouble: .fault(error.text))
        }
    }

    func listen(_ names: [String: String], _ reports: ReportBox) {
        events?.listen(names, reports)
    }

    func rest() { events?.rest() }

    func close() {
        events?.close()
        events = nil
        handles = [:]
        if isOpen, case .success(let nvml) = library { _ = nvml.close() }
        isOpen = false
    }
}
