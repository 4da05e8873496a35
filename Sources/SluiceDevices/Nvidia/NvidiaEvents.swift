import CSluice
import Glibc
import SluiceModel
import SluiceSystem
import Synchronization

/// What NVIDIA's driver tells by itself: an event set, and a thread that waits on it while devices
/// are watched.
///
/// NVML's wait cannot be interrupted, so it ends every second to see whether it is still wanted.
/// The thread ends with the watch: at rest nothing wakes. Where several Xids come between two
/// waits, NVML gives the number of the last one for each of them; that hides no loss, which the
/// next sample shows, and ECC errors are events of their own.
final class NvidiaEvents {
    private static let xid: UInt64 = 0x8
    private static let doubleBitError: UInt64 = 0x2
    private static let milliseconds: UInt32 = 1000

    /// Whether the thread is to go on.
    private final class Wanted: Sendable { let flag = Atomic(true) }

    private let nvml: NvidiaLibrary
    private let set: sluice_nvml_event_set
    private let handles: [String: sluice_nvml_device]
    private var wanted: Wanted?
    private var thread: BackgroundThread?

    /// Nil where the library has no events, or no device does.
    init?(_ nvml: NvidiaLibrary, _ handles: [String: sluice_nvml_device]) {
        let functions = nvml.functions
        guard let create = functions.event_set_create, let register = functions.register_events,
            functions.event_set_wait != nil, let free = functions.event_set_free
        else { return nil }
        var set: sluice_nvml_event_set?
        guard create(&set) == 0, let set else { return nil }
        let wished = Self.xid | Self.doubleBitError
        let registered = handles.values.count { device in
            var supported = wished
            if let ask = functions.supported_events, ask(device, &supported) != 0 { return false }
            guard supported & wished != 0 else { return false }
            return register(device, supported & wished, set) == 0
        }
        guard registered > 0 else {
            _ = free(set)
            return nil
        }
        self.nvml = nvml
        self.set = set
        self.handles = handles
    }

    func listen(_ names: [String: String], _ reports: ReportBox) {
        guard wanted == nil else { return }
        join()
        // As numbers, which may go to another thread; it outlives neither set nor library.
        var devices: [UInt: String] = [:]
        for (key, handle) in handles {
            if let name = names[key] { devices[UInt(bitPattern: handle)] = name }
        }
        let waiting = Waiting(
            wait: nvml.functions.event_set_wait, set: UInt(bitPattern: set), names: devices,
            reports: reports)
        let wanted = Wanted()
        do throws(SystemError) {
            thread = try BackgroundThread {
                var last: CInt = 0
                while wanted.flag.load(ordering: .relaxed) { waiting.once(after: &last) }
            }
            self.wanted = wanted
        } catch {
            reports.post(.note("faults of NVIDIA devices show only in samples: \(error)"))
        }
    }

    /// What comes before the wait ends is still told.
    func rest() {
        wanted?.flag.store(false, ordering: .relaxed)
        wanted = nil
    }

    /// Waits for the thread, for a second at most if the driver answers.
    func close() {
        rest()
        join()
        if let free = nvml.functions.event_set_free { _ = free(set) }
    }

    private func join() {
        guard let thread = thread.take() else { return }
        thread.join()
    }

    /// What the thread has.
    private struct Waiting: Sendable {
        let wait:
            (
                @convention(c) (
                    sluice_nvml_event_set?, UnsafeMutablePointer<sluice_nvml_event>?, UInt32
                ) -> CInt
            )?
        let set: UInt
        let names: [UInt: String]
        let reports: ReportBox

        /// - Parameter last: what the wait before this one failed with; 0: it did not.
        func once(after last: inout CInt) {
            guard let wait else { return }
            var event = sluice_nvml_event()
            let code = wait(
                UnsafeMutableRawPointer(bitPattern: set), &event, NvidiaEvents.milliseconds)
            switch code {
            case 0: tell(event)
            case NvidiaLibrary.Failure.timeout: break
            default:
                // Whose it is is not said; the next sample shows a loss. Other devices may still
                // have something to say, but asking again at once would be a busy loop.
                if code != last { reports.post(.note("NVML's event set fails: error \(code)")) }
                poll(nil, 0, CInt(NvidiaEvents.milliseconds))
            }
            last = code == NvidiaLibrary.Failure.timeout ? 0 : code
        }

        private func tell(_ event: sluice_nvml_event) {
            guard let name = names[UInt(bitPattern: event.device)] else { return }
            switch event.type {
            case NvidiaEvents.xid:
                guard let trouble = Xid(number: event.data).trouble else { return }
                reports.post(.troubled(device: name, trouble))
            case NvidiaEvents.doubleBitError:
                reports.post(.troubled(device: name, .fault("double-bit ECC error")))
            default: break
            }
        }
    }
}
