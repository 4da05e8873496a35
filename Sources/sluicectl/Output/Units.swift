// Numbers with units, as a person reads them: short, and never more exact than they are.

/// `350ms`, `4.1s`, `3min 12s`, `2h 5min`, `4d 7h`.
func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.000_000_5: return "0s"
    case ..<0.001: return "\(decimal(seconds * 1e6, places: 0))µs"
    case ..<0.01: return "\(decimal(seconds * 1e3, places: 1))ms"
    case ..<0.999_5: return "\(decimal(seconds * 1e3, places: 0))ms"
    case ..<59.95: return "\(decimal(seconds, places: 1))s"
    case 1e15...: return "forever"
    default: break
    }
    let whole = Int64(seconds.rounded())
    return switch whole {
    case ..<3600: "\(whole / 60)min \(whole % 60)s"
    case ..<86400: "\(whole / 3600)h \(whole % 3600 / 60)min"
    default: "\(whole / 86400)d \(whole % 86400 / 3600)h"
    }
}

/// `512 B`, `4.1 KiB`, `1.0 GiB`.
func size(_ bytes: Int) -> String {
    guard bytes >= 1024 else { return "\(bytes) B" }
    var amount = Double(bytes)
    var unit = "B"
    for next in ["KiB", "MiB", "GiB", "TiB"] where amount >= 1023.95 || unit == "B" {
        amount /= 1024
        unit = next
    }
    return "\(decimal(amount, places: 1)) \(unit)"
}

/// So many a second: `0.4`, `12`; what rounds to nothing is nothing.
func rate(_ perSecond: Double) -> String {
    switch perSecond {
    case ..<0.05: "0"
    case ..<9.95: decimal(perSecond, places: 1)
    default: decimal(min(perSecond, 1e15), places: 0)
    }
}

/// A limit's number, or `none`.
func limit(_ number: Int?) -> String { number.map { String($0) } ?? "none" }

/// A number with so many digits after the point, and no zeros that say nothing.
private func decimal(_ number: Double, places: Int) -> String {
    guard places > 0 else { return String(Int64(number.rounded())) }
    let tenths = Int64((number * 10).rounded())
    return tenths % 10 == 0 && tenths >= 100 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
}
