import Glibc

// What libFuzzer calls. One program has all targets: SLUICE_FUZZ_TARGET says which.

private let target: FuzzTarget = {
    let name = getenv("SLUICE_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        preconditionFailure(
            "SLUICE_FUZZ_TARGET=\(name), not one of \(FuzzTarget.all.map(\.name))")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(Finding) {
        try target.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        preconditionFailure("finding: \(error)")
    }
    return 0
}
