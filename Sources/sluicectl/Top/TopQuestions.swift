// Questions at the bottom of the screen. Whoever answers has to see all that is asked: in a narrow
// window a question gets fewer words, a long name loses its middle, and what does not fit even so
// is not asked.

let tooNarrow = "too narrow to ask; widen it"

/// More characters than any limit has that means something.
let longestTypedLimit = 12

extension TopChange {
    /// Nil where there is no room for it.
    func question(within width: Int) -> String? {
        fittingQuestion("\(phrase)? y/n", about: queue, within: width) {
            "\(phrase(calling: $0))? y/n"
        }
    }
}

/// What stands before the limit that is typed; nil where there is no room for both.
func limitQuestion(_ queue: String, now old: Int?, within width: Int) -> String? {
    fittingQuestion(
        "concurrency_limit of \(queue), now \(limit(old)): ", about: queue,
        within: width - longestTypedLimit - 1
    ) { "\($0): limit \(limit(old)) → " }
}

/// By fewer letters no queue is known again.
private let shortestName = 8

private func fittingQuestion(
    _ whole: String, about name: String, within width: Int, brief: (String) -> String
) -> String? {
    guard columns(of: whole) > width else { return whole }
    let room = width - columns(of: brief(""))
    guard room >= min(shortestName, columns(of: name)) else { return nil }
    return brief(shortened(name, to: room))
}
