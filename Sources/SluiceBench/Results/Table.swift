/// Columns of text: the first ones to the left, numbers to the right.
public struct Table {
    private let header: [String]
    private let left: Int
    private var rows: [[String]] = []

    public init(_ header: [String], left: Int = 1) {
        self.header = header
        self.left = left
    }

    public var isEmpty: Bool { rows.isEmpty }

    public mutating func append(_ row: [String]) {
        precondition(row.count == header.count, "\(row.count) cells under \(header.count) heads")
        rows.append(row)
    }

    public var text: String {
        let lines = [header] + rows
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - line[column].count)
                return column < left ? line[column] + padding : padding + line[column]
            }
            let text = cells.joined(separator: "  ")
            return text.prefix(text.count - text.reversed().prefix { $0 == " " }.count) + "\n"
        }.joined()
    }

    public var markdown: String {
        let rule = header.indices.map { $0 < left ? "---" : "---:" }
        return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }
}

/// A number with so many digits that matter, as people write it: `0.0123`, `4.20`, `137`, `1,530`.
public func figure(_ number: Double?, digits: Int = 3) -> String {
    guard let number, number.isFinite else { return "-" }
    guard number != 0 else { return "0" }
    var whole = 0
    var magnitude = abs(number)
    while magnitude >= 10 {
        magnitude /= 10
        whole += 1
    }
    while magnitude < 1 {
        magnitude *= 10
        whole -= 1
    }
    let decimals = max(0, digits - 1 - whole)
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(number) * scale).rounded())
    var fraction = String(scaled % Int(scale))
    fraction =
        String(repeating: "0", count: decimals - (decimals > 0 ? fraction.count : 0)) + fraction
    let sign = number < 0 ? "-" : ""
    return sign + grouped(scaled / Int(scale)) + (decimals > 0 ? "." + fraction : "")
}

/// The middle, and in brackets what it lies between.
public func figure(_ spread: Spread?, digits: Int = 2) -> String {
    guard let spread else { return "-" }
    let median = figure(spread.median, digits: digits)
    guard spread.lowest != spread.highest else { return median }
    return median
        + " [\(figure(spread.lowest, digits: digits))–\(figure(spread.highest, digits: digits))]"
}

private func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    var position = digits.count - 3
    while position > 0 {
        digits.insert(",", at: position)
        position -= 3
    }
    return String(digits)
}
