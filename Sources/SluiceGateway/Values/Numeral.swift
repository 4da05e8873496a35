/// A number as JSON writes it, digit by digit, for who reads very many: most need neither a string
/// nor the library.
struct Numeral {
    let text: UnsafeBufferPointer<UInt8>
    private var isNegative = false
    /// Of all digits, without the point and zeros at the end of a fraction; nil where they are too
    /// many to be counted so.
    private var digits: UInt64? = 0
    /// Of ten, with which the digits are to be multiplied.
    private var exponent = 0

    /// - Parameter text: a number of JSON.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
        var place = 0
        var isFraction = false
        var zeros = 0
        if text[0] == UInt8(ascii: "-") {
            isNegative = true
            place = 1
        }
        while place < text.count {
            let byte = text[place]
            place += 1
            switch byte {
            case UInt8(ascii: "0") where isFraction: zeros += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                for _ in 0..<zeros { take(0) }
                take(byte - UInt8(ascii: "0"))
                if isFraction { exponent -= zeros + 1 }
                zeros = 0
            case UInt8(ascii: "."): isFraction = true
            default:
                exponent += Self.exponent(text[place...])
                return
            }
        }
    }

    private mutating func take(_ digit: UInt8) {
        guard let digits else { return }
        let (tens, isTooMuch) = digits.multipliedReportingOverflow(by: 10)
        let (sum, isTooMuchStill) = tens.addingReportingOverflow(UInt64(digit))
        self.digits = isTooMuch || isTooMuchStill ? nil : sum
    }

    /// What is beyond all bounds is a little beyond them here.
    private static func exponent(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var exponent = 0
        for byte in text where byte >= UInt8(ascii: "0") {
            exponent = min(exponent * 10 + Int(byte - UInt8(ascii: "0")), 1 << 20)
        }
        return text.first == UInt8(ascii: "-") ? -exponent : exponent
    }

    /// The number, if it is whole and of that type. It may be written as 1.0 or 1e3, and is exact:
    /// by way of a Double, 4503599627370497.25 would be whole.
    func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        guard let size = wholeSize else { return nil }
        guard isNegative else { return Number(exactly: size) }
        // The least is its own opposite.
        guard size <= UInt64(Int64.max) + 1 else { return nil }
        return Number(exactly: Int64(truncatingIfNeeded: 0 &- size))
    }

    /// Without the sign; nil where it has a fraction, or is too large.
    private var wholeSize: UInt64? {
        guard var size = digits, size > 0 else { return digits }
        // Twenty times at most: then nothing of it is left, or it is too large.
        for _ in 0..<max(0, -exponent) {
            guard size.isMultiple(of: 10) else { return nil }
            size /= 10
        }
        for _ in 0..<max(0, exponent) {
            let (tens, isTooMuch) = size.multipliedReportingOverflow(by: 10)
            guard !isTooMuch else { return nil }
            size = tens
        }
        return size
    }

    /// The number nearest to it; infinite where it is beyond all.
    var number: Double {
        // Both are exact, so that what is made of them in one step is as near as can be.
        if let digits, digits <= 1 << 53, -22...22 ~= exponent {
            let whole = isNegative ? -Double(digits) : Double(digits)
            let power = Self.powers[abs(exponent)]
            return exponent < 0 ? whole / power : whole * power
        }
        return Double(String(decoding: text, as: UTF8.self)) ?? .infinity
    }

    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}

extension JSONScanner {
    /// The number that stands here; nil where none does.
    mutating func numeral() -> Numeral? {
        let start = place
        guard number(), place > start else { return nil }
        return Numeral(UnsafeBufferPointer(rebasing: bytes[start..<place]))
    }
}
