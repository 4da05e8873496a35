import SluiceWire

/// The functions that the daemon knows, by name, with what is said of them: what the gateway
/// offers.
public struct FunctionCatalog: Hashable, Sendable {
    /// In the order of their names.
    public private(set) var functions: [CatalogFunction] = []
    private var places: [String: Int] = [:]

    public init() {}

    public init(_ functions: [Control.Function], _ descriptions: [Control.FunctionDescription]) {
        let told = Dictionary(descriptions.map { ($0.function, $0) }) { _, last in last }
        self.functions = functions.sorted { $0.function < $1.function }.map {
            CatalogFunction($0, told[$0.function])
        }
        for (place, function) in self.functions.enumerated() { places[function.name] = place }
    }

    public subscript(_ name: String) -> CatalogFunction? {
        places[name].map { functions[$0] }
    }

    /// Where a function stands in `functions`: its number in Gradio's protocol.
    public func index(of name: String) -> Int? { places[name] }
}

/// A function as the gateway offers it.
public struct CatalogFunction: Hashable, Sendable {
    public var name: String
    public var concurrencyID: String
    /// For people; a sentence or two.
    public var description: String?
    /// Nil: its worker said nothing of its parameters, and any may be given.
    public var signature: Signature?
    public var batch: Bool
    public var maxBatchSize: Int
    /// Attached workers that serve it.
    public var workers: Int
    public var waiting: Int
    public var running: Int

    init(_ function: Control.Function, _ told: Control.FunctionDescription?) {
        name = function.function
        concurrencyID = function.concurrencyID
        description = told?.description
        signature = told?.signature.map { Signature(json: $0) }
        batch = function.batch
        maxBatchSize = function.maxBatchSize
        workers = function.workers
        waiting = function.waiting
        running = function.running
    }
}
