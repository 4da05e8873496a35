/// Prometheus' text format, version 0.0.4, as it grows.
struct Exposition {
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// Label names are ours; values may be anybody's.
    typealias Labels = [(name: String, value: String)]

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// A metric's head, which is there also where it has no samples: whoever reads the page learns
    /// what there could be.
    ///
    /// - Parameter fill: adds its samples, all of them.
    mutating func metric(
        _ name: String, _ kind: Kind, _ help: String, _ fill: (inout Samples) -> Void
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        var samples = Samples(name: name)
        fill(&samples)
        text += samples.text
    }

    /// A metric of one number, or of none where it is not known.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
        metric(name, kind, help) { samples in
            if let value { samples.add(value) }
        }
    }

    struct Samples {
        fileprivate let name: String
        fileprivate var text = ""

        mutating func add(_ value: Double, _ labels: Labels = []) { add(name, value, labels) }
        mutating func add(_ value: Int, _ labels: Labels = []) { add(name, Double(value), labels) }

        /// A histogram's buckets, which count everything up to their bound here.
        ///
        /// - Parameter counts: one for each bound, of what is above the bound before, and one more.
        mutating func add(
            counts: [Int], sum: Double, below bounds: [Double], _ labels: Labels
        ) {
            var total = 0
            for (place, bound) in bounds.enumerated() {
                total += counts.indices.contains(place) ? counts[place] : 0
                add(name + "_bucket", Double(total), labels + [("le", Self.number(bound))])
            }
            total = counts.reduce(0, +)
            add(name + "_bucket", Double(total), labels + [("le", "+Inf")])
            add(name + "_sum", sum, labels)
            add(name + "_count", Double(total), labels)
        }

        private mutating func add(_ name: String, _ value: Double, _ labels: Labels) {
            text += name
            if !labels.isEmpty {
                text += "{"
                for (place, label) in labels.enumerated() {
                    if place > 0 { text += "," }
                    text += "\(label.name)=\"\(Self.escaped(label.value))\""
                }
                text += "}"
            }
            text += " \(Self.number(value))\n"
        }

        private static func number(_ value: Double) -> String {
            if value.isNaN { return "NaN" }
            guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
            return Int64(exactly: value).map { String($0) } ?? value.description
        }

        private static func escaped(_ text: String) -> String {
            var out = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\\": out += "\\\\"
                case "\"": out += "\\\""
                case "\n": out += "\\n"
                default: out.unicodeScalars.append(scalar)
                }
            }
            return out
        }
    }
}
