extension Control.Target: Codable {
    private enum CodingKeys: String, CodingKey { case queue, function, worker, daemon }

    /// A target that names two things, or nothing, is refused: nobody shall drain the daemon
    /// because a field was left out.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let queue = try fields.decodeIfPresent(String.self, forKey: .queue)
        let function = try fields.decodeIfPresent(String.self, forKey: .function)
        let worker = try fields.decodeIfPresent(UInt64.self, forKey: .worker)
        let daemon = try fields.decodeIfPresent(Bool.self, forKey: .daemon)
        switch (queue, function, worker, daemon) {
        case (let name?, nil, nil, nil): self = .queue(name)
        case (nil, let name?, nil, nil): self = .function(name)
        case (nil, nil, let id?, nil): self = .worker(id)
        case (nil, nil, nil, true?): self = .daemon
        default:
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "a target has exactly one of queue, function, worker, daemon")
            )
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .queue(let name): try fields.encode(name, forKey: .queue)
        case .function(let name): try fields.encode(name, forKey: .function)
        case .worker(let id): try fields.encode(id, forKey: .worker)
        case .daemon: try fields.encode(true, forKey: .daemon)
        }
    }
}

extension Control.Target: CustomStringConvertible {
    public var description: String {
        switch self {
        case .daemon: "daemon"
        case .queue(let name): "queue \(name)"
        case .function(let name): "function \(name)"
        case .worker(let id): "worker \(id)"
        }
    }
}
