import SluiceModel

/// A function as a worker declares it: its settings, and what is said about it to people.
public struct FunctionDeclaration: Hashable, Sendable {
    public var declaration: Declaration
    /// JSON: the parameters of the function. At most about 11 KiB, so that all attributes fit.
    public var signature: [UInt8]?
    public var description: String?

    /// - Parameter declaration: with names that `Name.isValid` accepts. What only a configuration
    ///   may say (`maxWorkerDeaths`, `allowUsers`) does not travel.
    public init(
        _ declaration: Declaration, signature: [UInt8]? = nil, description: String? = nil
    ) {
        self.declaration = declaration
        self.signature = signature
        self.description = description
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        declaration = Declaration(function: try body.name("function", &strings))
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .signature: signature = attributes.allBytes()
            case .description: description = try attributes.text()
            default: try declaration.settings.read(tag, from: attributes, &strings)
            }
        }
    }

    func encode(into out: inout OutputBuffer) {
        out.frame(.declare) { out in
            out.put(name: declaration.function)
            out.putAttributes { out in
                declaration.settings.encode(into: &out)
                signature?.withUnsafeBytes { out.put(.signature, raw: $0) }
                out.put(.description, text: description)
            }
        }
    }
}

extension FunctionSettings {
    fileprivate mutating func read(
        _ tag: Tag, from attributes: AttributeReader, _ strings: inout StringCache
    ) throws(WireError) {
        switch tag {
        case .queueTimeout: queueTimeout = try attributes.duration()
        case .execTimeout: execTimeout = try attributes.duration()
        case .concurrencyID: concurrencyID = try attributes.name(&strings)
        case .concurrencyLimit: concurrencyLimit = Limit(onWire: try attributes.integer())
        case .batch: batch = try attributes.truth()
        case .maxBatchSize: maxBatchSize = try attributes.count(in: 1...Limits.batchSize)
        case .maxBatchDelay: maxBatchDelay = try attributes.duration()
        case .retry: retry = try attributes.retryRule()
        case .restartable: restartable = try attributes.truth()
        case .expectedDuration: expectedDuration = try attributes.duration()
        case .cancelGrace: cancelGrace = try attributes.duration()
        case .maxAttempts: maxAttempts = try attributes.count(in: 1...Int(UInt32.max))
        case .memory: memory = try attributes.memory()
        case .memoryPerItem: memoryPerItem = try attributes.memory()
        case .deviceCount: deviceCount = try attributes.count(in: 1...Limits.devicesPerLease)
        case .exclusive: exclusive = try attributes.truth()
        default: try attributes.refuse(tag)
        }
    }

    fileprivate func encode(into out: inout OutputBuffer) {
        out.put(.queueTimeout, queueTimeout)
        out.put(.execTimeout, execTimeout)
        out.put(.concurrencyID, name: concurrencyID)
        out.put(.concurrencyLimit, concurrencyLimit?.onWire)
        out.put(.batch, batch)
        out.put(.maxBatchSize, number: maxBatchSize)
        out.put(.maxBatchDelay, maxBatchDelay)
        out.put(.retry, retry?.onWire)
        out.put(.restartable, restartable)
        out.put(.expectedDuration, expectedDuration)
        out.put(.cancelGrace, cancelGrace)
        out.put(.maxAttempts, number: maxAttempts)
        out.put(.memory, memory: memory)
        out.put(.memoryPerItem, memory: memoryPerItem)
        out.put(.deviceCount, number: deviceCount)
        out.put(.exclusive, exclusive)
    }
}

extension AttributeReader {
    fileprivate func retryRule() throws(WireError) -> RetryRule {
        guard let rule = RetryRule(onWire: try integer()) else { throw valueFault(.outOfRange) }
        return rule
    }
}
