/// The numbers by which Gradio's clients name functions: `fn_index`.
///
/// They know them from `/config`, and keep them while functions come and go and gateways restart.
/// So a number is made from the name and not from a place in a list, and what was once given stays:
/// a client with an old list asks for what it meant, or for nothing.
public struct GradioNumbers: Sendable {
    private var numbers: [String: Int] = [:]
    private var names: [Int: String] = [:]

    public init() {}

    /// The number of a function; nil for those beyond `GatewayLimits.gradioFunctions`, which are
    /// not offered.
    public mutating func number(of name: String) -> Int? {
        if let number = numbers[name] { return number }
        guard numbers.count < GatewayLimits.gradioFunctions else { return nil }
        var number = Self.hash(name)
        while names[number] != nil { number = (number + 1) & 0x7fff_ffff }
        numbers[name] = number
        names[number] = name
        return number
    }

    /// The function that has a number; nil where none was given it.
    public func name(of number: Int) -> String? { names[number] }

    /// FNV-1a in 31 bits, which every client takes for an integer.
    static func hash(_ name: String) -> Int {
        var hash: UInt32 = 0x811c_9dc5
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return Int(hash & 0x7fff_ffff)
    }
}
