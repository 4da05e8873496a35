/// Numbers with units, as people write durations and sizes: `250ms`, `1min 30s`, `64MiB`.
struct Quantity: Hashable {
    var whole: Int64
    /// The digits after the point.
    var fraction: String
    /// Empty where none was written.
    var unit: String

    enum Problem: Error, Hashable {
        case malformed
        case noUnit
        case unknownUnit(String)
        case tooLarge
    }

    /// All that a text lists, in order; at least one.
    static func list(in text: String) throws(Problem) -> [Quantity] {
        var rest = text[...].drop { $0 == " " }
        var quantities: [Quantity] = []
        while !rest.isEmpty { quantities.append(try take(from: &rest)) }
        guard !quantities.isEmpty else { throw .malformed }
        return quantities
    }

    private static func take(from rest: inout Substring) throws(Problem) -> Quantity {
        let whole = digits(from: &rest)
        guard !whole.isEmpty else { throw .malformed }
        var fraction = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = digits(from: &rest)
            guard !fraction.isEmpty else { throw .malformed }
        }
        rest = rest.drop { $0 == " " }
        let unit = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(unit.count).drop { $0 == " " }
        guard let number = Int64(whole) else { throw .tooLarge }
        return Quantity(whole: number, fraction: fraction, unit: String(unit))
    }

    private static func digits(from rest: inout Substring) -> String {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return String(digits)
    }
}

/// Durations as text. A bare number is no duration: seconds to one reader are milliseconds to
/// the next.
enum DurationText {
    static let units = "us, ms, s, min, h, d or w"

    /// What systemd prints as a time span is understood, `1min 30s` or `1.5s`.
    static func parse(_ text: String) throws(Quantity.Problem) -> Duration {
        var sum: Int64 = 0
        for quantity in try Quantity.list(in: text) {
            let (total, overflow) = sum.addingReportingOverflow(try nanoseconds(of: quantity))
            guard !overflow else { throw .tooLarge }
            sum = total
        }
        return .nanoseconds(sum)
    }

    private static func nanoseconds(of quantity: Quantity) throws(Quantity.Problem) -> Int64 {
        let unit = try nanoseconds(in: quantity.unit)
        let (whole, overflow) = quantity.whole.multipliedReportingOverflow(by: unit)
        // Nine digits reach from weeks to well below a nanosecond of a second; more are noise.
        var part: Int64 = 0
        var scale = unit
        for digit in quantity.fraction.prefix(9).compactMap(\.wholeNumberValue) {
            part += Int64(digit) * scale / 10
            scale /= 10
        }
        let (total, carried) = whole.addingReportingOverflow(part)
        guard !overflow, !carried else { throw .tooLarge }
        return total
    }

    private static func nanoseconds(in unit: String) throws(Quantity.Problem) -> Int64 {
        switch unit {
        case "": throw .noUnit
        case "us", "µs": 1_000
        case "ms": 1_000_000
        case "s", "sec": 1_000_000_000
        case "min", "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d": 86_400_000_000_000
        case "w": 604_800_000_000_000
        default: throw .unknownUnit(unit)
        }
    }
}

/// Sizes in bytes as text. Units count in powers of 1024, as everywhere in systemd; the ones
/// that other people count in powers of 1000 (`MB`) are refused.
enum SizeText {
    static let units = "K, M, G, T or KiB, MiB, GiB, TiB"

    static func parse(_ text: String) throws(Quantity.Problem) -> Int {
        let quantities = try Quantity.list(in: text)
        guard quantities.count == 1, let quantity = quantities.first, quantity.fraction.isEmpty
        else { throw .malformed }
        let shift = try shift(of: quantity.unit)
        let (bytes, overflow) = quantity.whole.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow else { throw .tooLarge }
        return Int(bytes)
    }

    /// In the largest unit of which it is a whole number.
    static func text(_ bytes: Int) -> String {
        let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        for (unit, shift) in units where bytes > 0 && bytes & ((1 << shift) - 1) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)B"
    }

    private static func shift(of unit: String) throws(Quantity.Problem) -> Int64 {
        switch unit {
        case "": throw .noUnit
        case "B": 0
        case "K", "KiB": 10
        case "M", "MiB": 20
        case "G", "GiB": 30
        case "T", "TiB": 40
        default: throw .unknownUnit(unit)
        }
    }
}
