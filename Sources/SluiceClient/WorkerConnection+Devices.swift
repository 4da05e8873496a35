import Glibc
import SluiceModel
import SluiceWire

// Devices of a worker's own. It asks for them before it loads what is to live there:
//
//   bind --> BOUND --> (the environment is set, the model loaded) --> declare ...
//
// They are its own until the process ends. Whatever daemon it comes back to is told so first, and
// leaves them to it or turns it away; it is never given others instead.

extension WorkerConnection {
    /// Asks for devices, and waits until they are this process's own, however long that takes. To
    /// be called once, before anything is declared.
    ///
    ///     let bound = try worker.bind(Binding(memory: 8 << 30))
    ///     for assignment in bound.environment { ... }  // setenv, before a library looks
    ///
    /// Where `SLUICE_DEVICE` is in the environment, it is for whoever runs the process to say which
    /// devices that may be: names, with commas between them, `any` or `none`.
    ///
    /// A wish that can never come true ends in `ClientError.dismissed`, and so does any later call
    /// where a restarted daemon cannot leave the devices to us.
    @discardableResult
    public func bind(_ wish: Binding = Binding()) throws(ClientError) -> Bound {
        precondition(!wish.isHeld && binding?.isHeld != true, "devices are asked for once")
        precondition(!hasDeclared, "devices are asked for before functions are declared")
        let wish = try wish.narrowed(to: getenv("SLUICE_DEVICE").map { String(cString: $0) } ?? "")
        for name in wish.devices where !Name.isValid(name) { throw .invalidName(name) }
        guard link.offersDevices else { throw .noDevices }
        binding = wish
        try link.send { out in WorkerMessage.bind(wish).encode(into: &out) }
        return try awaitBound()
    }

    /// Says it again on a new connection. A daemon that does not know of devices is not told: ours
    /// are no less ours for that.
    func bindAgain() throws(ClientError) {
        guard let binding else { return }
        guard link.offersDevices else {
            guard binding.isHeld else { throw .noDevices }
            return
        }
        try link.send { out in WorkerMessage.bind(binding).encode(into: &out) }
    }

    /// Returns: whether it is what is waited for, rather than confirmed.
    func take(_ bound: Bound) throws(ClientError) -> Bool {
        guard var binding else { throw .protocolViolation("BOUND without BIND") }
        guard !binding.isHeld else {
            guard Set(bound.devices) == Set(binding.devices) else {
                throw .protocolViolation("BOUND to other devices than those that are held")
            }
            return false
        }
        guard bound.devices.count == binding.count else {
            throw .protocolViolation(
                "BOUND to \(bound.devices.count) devices instead of \(binding.count)")
        }
        binding.devices = bound.devices
        binding.isHeld = true
        self.binding = binding
        return true
    }
}

extension Binding {
    /// The wish, with what `SLUICE_DEVICE` says besides.
    func narrowed(to chosen: String) throws(ClientError) -> Binding {
        var left: [String] = []
        for part in chosen.split(separator: ",") {
            let name = String(part.drop { $0 == " " }.prefix { $0 != " " })
            if !name.isEmpty, !left.contains(name) { left.append(name) }
        }
        guard !left.isEmpty, left != ["any"] else { return self }
        var narrowed = self
        if devices.isEmpty { narrowed.devices = left }
        guard left != ["none"], narrowed.devices.allSatisfy(left.contains), count <= left.count
        else { throw .devicesClosed(left: left) }
        return narrowed
    }
}

extension FrameLink {
    /// Whether the daemon knows of devices.
    var offersDevices: Bool { welcome.features.contains(.devices) }

    /// The answer to a declaration, with what is to be known besides.
    func warned(_ declared: Declared, of settings: FunctionSettings) -> Declared {
        guard !offersDevices, settings.saysDevices, declared.warning == nil else {
            return declared
        }
        var declared = declared
        declared.warning =
            "this sluiced does not know of devices: what \(declared.function) says of them"
            + " is not heeded"
        return declared
    }
}

extension FunctionSettings {
    var saysDevices: Bool {
        memory != nil || memoryPerItem != nil || deviceCount != nil || exclusive != nil
    }

    mutating func forgetDevices() {
        (memory, memoryPerItem, deviceCount, exclusive) = (nil, nil, nil, nil)
    }
}
