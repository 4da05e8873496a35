import CSluice
import Glibc

/// NVML, loaded. Its functions may be called from any thread.
///
/// The library stays loaded: what it has started may still run in it.
struct NvidiaLibrary {
    /// What an nvmlReturn_t says, as far as we act on it.
    struct Failure: Error, Hashable {
        let code: CInt
        /// `nvmlInit_v2: Driver Not Loaded`.
        let text: String

        static let timeout: CInt = 10
        static let insufficientSize: CInt = 7
        static let lost: CInt = 15
        static let resetRequired: CInt = 16
    }

    /// Why there is none.
    enum Absence: Error, Hashable {
        /// It is not on this machine, as on most.
        case notThere
        case unusable(String)
    }

    let functions: sluice_nvml
    /// Without these nothing can be found.
    let open: @convention(c) () -> CInt
    let close: @convention(c) () -> CInt

    init(loading name: String) throws(Absence) {
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            let why = dlerror().map { String(cString: $0) } ?? "dlopen failed"
            // Its dependencies missing is said in the same words, about another file.
            guard why.hasPrefix("\(name): cannot open shared object file: No such file") else {
                throw .unusable(why)
            }
            throw .notThere
        }
        var functions = sluice_nvml()
        sluice_nvml_find(library, &functions)
        guard let open = functions.`init`, let close = functions.shutdown,
            functions.device_count != nil, functions.device != nil, functions.uuid != nil
        else { throw .unusable("\(name) lacks functions that every NVML has") }
        self.functions = functions
        self.open = open
        self.close = close
    }

    func check(_ code: CInt, _ call: String) throws(Failure) {
        guard code != 0 else { return }
        let text = functions.error_text?(code).map { String(cString: $0) } ?? "error \(code)"
        throw Failure(code: code, text: "\(call): \(text)")
    }

    /// A text that a function writes into a buffer; nil where the function is missing or fails.
    func text(
        _ function: (
            @convention(c) (sluice_nvml_device?, UnsafeMutablePointer<CChar>?, UInt32)
                -> CInt
        )?, of device: sluice_nvml_device
    ) -> String? {
        // The longest, a name, has 96 with its end.
        var buffer = [CChar](repeating: 0, count: 128)
        guard let function, function(device, &buffer, UInt32(buffer.count - 1)) == 0 else {
            return nil
        }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A number that a function gives; nil where it is missing or has none.
    func number(_ call: ((UnsafeMutablePointer<UInt32>) -> CInt?)) throws(Failure) -> Int? {
        var number: UInt32 = 0
        guard let code = call(&number) else { return nil }
        guard code == 0 else {
            try checkLost(code)
            return nil
        }
        return Int(number)
    }

    /// Throws where an answer says that the device itself is gone or sick; everything else is a
    /// figure that this device does not have.
    func checkLost(_ code: CInt) throws(Failure) {
        switch code {
        case Failure.lost, Failure.resetRequired: try check(code, "NVML")
        default: break
        }
    }
}
